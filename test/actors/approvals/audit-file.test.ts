import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allow, deny } from '../../../src/actors/approvals/policies/plain-policies.ts';
import { accepted, DeskBench } from './desk-bench.ts';

describe('the audit file', () => {
  let folder = '';
  let bench: DeskBench;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'codex-actors-test-'));
  });
  afterEach(async () => {
    await bench.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function linesOf(file: string): Promise<readonly Record<string, unknown>[]> {
    const text = await readFile(file, 'utf8');
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  }

  test('has each request and each decision with who, when and why, for its owner only', async () => {
    const auditFile = path.join(folder, 'audit.jsonl');
    await writeFile(auditFile, '{"event":"earlier"}\n', { mode: 0o644 });
    bench = await DeskBench.start({ policy: deny({ reason: 'frozen' }), auditFile });
    bench.ask('command');
    await bench.rest();
    await bench.desk.close();
    expect(await linesOf(auditFile)).toMatchObject([
      { event: 'earlier' },
      { event: 'requested', atMs: expect.any(Number), request: { kind: 'command', cwd: '/srv/app' } },
      {
        event: 'settled',
        atMs: expect.any(Number),
        kind: 'command',
        status: 'declined',
        by: 'policy',
        why: 'frozen',
      },
    ]);
    expect((await stat(auditFile)).mode & 0o777).toBe(0o600);
  });

  test('has no answer that is a secret', async () => {
    const auditFile = path.join(folder, 'audit.jsonl');
    const answers = { color: ['Blue'], pin: ['1234'] };
    bench = await DeskBench.start({ policy: () => ({ type: 'answer', answers }), auditFile });
    const { answers: told } = bench.ask('userInput');
    await bench.rest();
    await bench.desk.close();
    expect(told).toEqual([
      { result: { answers: { color: { answers: ['Blue'] }, pin: { answers: ['1234'] } } } },
    ]);
    const text = await readFile(auditFile, 'utf8');
    expect(text).toContain('Blue');
    expect(text).not.toContain('1234');
  });

  test('that cannot be written is told of, and decisions go on', async () => {
    const target = path.join(folder, 'target');
    await writeFile(target, '');
    const auditFile = path.join(folder, 'link');
    await symlink(target, auditFile);
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    bench = await DeskBench.start({ policy: allow(), auditFile });
    const { answers } = bench.ask('command');
    await bench.rest();
    await bench.desk.close();
    expect(answers).toEqual(accepted);
    expect((await warned).message).toMatch(/audit of approvals has gaps.*ELOOP/);
    expect(await readFile(target, 'utf8')).toBe('');
  });
});
