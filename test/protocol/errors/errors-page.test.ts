import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCatalogue } from '../../../src/protocol/errors/index.ts';
import { publicNames } from '../../tidy/public-surface.ts';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

test('every code has its row in docs/errors.md, under the class that carries it, and no other has', () => {
  const rows = [...page.matchAll(/^\| `([a-z_]+)` \| (?:`(\w+)`)?/gm)].map(([, code, className]) => [
    code,
    className ?? 'FileError',
  ]);
  const catalogue = Object.entries(errorCatalogue).map(([code, entry]) => [code, entry.className]);
  expect(rows.sort()).toEqual(catalogue.sort());
});

test('every class of docs/errors.md is imported from where its row says', () => {
  const [ofCodex = ''] = page.split('## Of files');
  const rows = [...ofCodex.matchAll(/^\| `[a-z_]+` \| `(\w+)`.* \| `([\w/-]+)` \|$/gm)];
  expect(rows.length).toBe([...ofCodex.matchAll(/^\| `[a-z_]+` \|/gm)].length);
  const exported = (entryPoint: string) => new Set(publicNames(entryPoint).map(({ name }) => name));
  const [root, protocol] = [exported('src/index.ts'), exported('src/protocol/index.ts')];
  const wrong = rows.filter(([, name = '', from]) =>
    root.has(name) ? from !== 'codex-actors' : from !== 'codex-actors/protocol' || !protocol.has(name),
  );
  expect(wrong.map(([row]) => row)).toEqual([]);
  expect(exported('src/files/index.ts')).toContain('FileError');
});
