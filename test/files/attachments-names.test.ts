import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameBytesMax, safeName } from '../../src/files/attachments/safe-name.ts';
import { openStore } from './attachments-rig.ts';

describe('a file name', () => {
  test.each([
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\system.ini', 'system.ini'],
    ['/absolute/path.txt', 'path.txt'],
    ['folder/', 'folder'],
    ['..', 'attachment'],
    ['...', 'attachment'],
    ['', 'attachment'],
    ['   ', 'attachment'],
    ['/', 'attachment'],
    ['nul\0byte.txt', 'nulbyte.txt'],
    ['line\nbreak.txt', 'linebreak.txt'],
    ['invoice\u202egpj.exe', 'invoicegpj.exe'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['com1', '_com1'],
    ['console.log', 'console.log'],
    ['what?.txt', 'what_.txt'],
    ['a:b', 'a_b'],
    ['trailing. . ', 'trailing'],
    ['.env', '.env'],
    ['Ünïcode 文件.txt', 'Ünïcode 文件.txt'],
    ['e\u0301.txt', '\u00e9.txt'],
  ])('%j becomes %j', (given, safe) => {
    expect(safeName(given)).toBe(safe);
  });

  test('of 300 characters is cut, and keeps its extension', () => {
    expect(safeName(`${'a'.repeat(300)}.tar.gz`)).toBe(`${'a'.repeat(nameBytesMax - 3)}.gz`);
    expect(Buffer.byteLength(safeName(`${'文'.repeat(300)}.pdf`))).toBeLessThanOrEqual(nameBytesMax);
  });

  test('that is no text is refused', () => {
    expect(() => safeName(7)).toThrow(expect.objectContaining({ code: 'invalid_option', field: 'name' }));
  });

  test('is always one harmless name, whatever it was, and the same when made safe twice', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 300 })),
        (given) => {
          const name = safeName(given);
          expect(name).not.toMatch(/[/\\\0\n]|^\.{0,2}$/);
          expect(name.isWellFormed()).toBe(true);
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(nameBytesMax + 1);
          expect(safeName(name)).toBe(name);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('a staged file', () => {
  test.each([
    ['with dots', '../../../escape.txt'],
    ['with dots of Windows', '..\\..\\escape.txt'],
    ['that is absolute', '/etc/passwd'],
    ['with NUL', 'nul\0byte.txt'],
    ['of 300 characters', `${'a'.repeat(300)}.txt`],
    ['of 300 wide characters', `${'文'.repeat(300)}.txt`],
    ['of a device', 'CON'],
    ['of a device, with an extension', 'aux.txt'],
    ['that is the folder itself', '.'],
    ['that is the folder above', '..'],
    ['that the store itself uses', '.index.jsonl'],
  ])(
    'under a name %s lies in the folder of its content, and nothing else comes to be',
    async (_what, name) => {
      const { store, directory, sources } = await openStore();
      const around = await readdir(sources);
      const staged = await store.stage(Buffer.from('content'), { name });
      expect(staged.path).toBe(join(directory, staged.id, safeName(name)));
      expect(await readdir(join(directory, staged.id))).toEqual([safeName(name)]);
      expect((await readdir(directory)).sort()).toEqual(
        ['.incoming', '.index.jsonl', '.owner', staged.id].sort(),
      );
      expect(await readdir(sources)).toEqual(around);
      await store.release(staged);
      expect(await readdir(directory)).not.toContain(staged.id);
    },
  );
});
