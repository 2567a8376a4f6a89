import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allow, deny } from '../../../src/actors/approvals/policies/plain-policies.ts';
import { redact } from '../../../src/protocol/errors/redaction.ts';
import { accepted, DeskBench } from './desk-bench.ts';

describe('the audit file', () => {
  let folder = '';
  let bench: DeskBench;
  let reader: number | null = null;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'codex-actors-test-'));
  });
  afterEach(async () => {
    await bench.stop();
    if (reader !== null) closeSync(reader);
    reader = null;
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

  test('has no secret that a command, a change or a tool call carries', async () => {
    const auditFile = path.join(folder, 'audit.jsonl');
    bench = await DeskBench.start({
      policy: deny({ reason: 'the key sk-of-a-reason-123456 is not ours' }),
      auditFile,
      redact: (text) => redact(text, ['opaque-and-known']),
    });
    bench.ask('command', {
      params: { command: 'curl -H "Authorization: Bearer abcdef123456" opaque-and-known' },
    });
    bench.ask('mcpTool', {
      params: {
        _meta: {
          codex_approval_kind: 'mcp_tool_call',
          tool_name: 'login',
          tool_params: { user: 'ada', password: 'tiger', nested: [{ api_key: 'xyz' }] },
        },
      },
    });
    await bench.rest();
    await bench.desk.close();
    const text = await readFile(auditFile, 'utf8');
    for (const secret of ['abcdef123456', 'opaque-and-known', 'sk-of-a-reason', 'tiger', 'xyz'])
      expect(text).not.toContain(secret);
    expect(text).toContain('curl -H');
    const asked = (await linesOf(auditFile)).filter(({ event }) => event === 'requested');
    expect(asked[1]).toMatchObject({
      request: { toolParams: { user: 'ada', password: '[redacted]', nested: [{ api_key: '[redacted]' }] } },
    });
  });

  test.each([
    ['a FIFO that nobody reads', (place: string) => execFileSync('mkfifo', [place])],
    [
      'a FIFO that somebody reads',
      (place: string) => {
        execFileSync('mkfifo', [place]);
        reader = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
      },
    ],
    ['a folder', (place: string) => mkdirSync(place)],
  ])('that is %s is refused and left as it is, and nothing waits for it', async (_what, make) => {
    const auditFile = path.join(folder, 'audit');
    make(auditFile);
    const { mode } = await stat(auditFile);
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    bench = await DeskBench.start({ policy: allow(), auditFile });
    const { answers } = bench.ask('command');
    await bench.rest();
    await bench.desk.close();
    expect(answers).toEqual(accepted);
    expect((await warned).message).toMatch(/audit of approvals has gaps/);
    expect((await stat(auditFile)).mode).toBe(mode);
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
