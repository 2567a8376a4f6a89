import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { decisionNoteLengthMax } from '../../../src/actors/approvals/approval-queue.ts';
import { AuditFile, auditBytesMax } from '../../../src/actors/approvals/audit-file.ts';
import { FileChangeLog, openFileChangesMax } from '../../../src/actors/approvals/file-change-log.ts';
import { pathsOfRequestMax, within } from '../../../src/actors/approvals/policies/path-policy.ts';
import { ask } from '../../../src/actors/approvals/policies/plain-policies.ts';
import {
  remember,
  rememberedKeyLengthMax,
} from '../../../src/actors/approvals/policies/remembering-policy.ts';
import type { ApprovalRequest } from '../../../src/protocol/approvals/approval-request.ts';
import { requestOf } from '../../protocol/approvals/requests.ts';
import { accepted, DeskBench } from './desk-bench.ts';
import { PolicyBench, verdictOf } from './policies/policy-bench.ts';

describe('what a person says of a decision', () => {
  let bench: DeskBench;
  afterEach(() => bench.stop());

  test.each(['who', 'why'] as const)('in %s is bounded: with more the approval waits on', async (field) => {
    bench = await DeskBench.start({ policy: ask() });
    const { answers } = bench.ask('command');
    await bench.rest();
    const [{ id } = { id: '' }] = await bench.desk.queue.list();
    const decide = (note: string) => bench.desk.queue.decide(id, { type: 'accept' }, { [field]: note });
    await expect(decide('x'.repeat(decisionNoteLengthMax + 1))).rejects.toMatchObject({
      code: 'invalid_option',
      field,
    });
    expect(answers).toEqual([]);
    await decide('x'.repeat(decisionNoteLengthMax));
    expect(answers).toEqual(accepted);
  });
});

describe('the changes of files that wait for an approval', () => {
  const started = (id: string) => ({
    method: 'item/started',
    params: {
      item: { type: 'fileChange', id, changes: [{ path: `/${id}`, kind: { type: 'add' }, diff: '' }] },
    },
  });

  test('are remembered until their item or their turn ends', () => {
    const log = new FileChangeLog();
    for (const id of ['a', 'b']) log.notified(started(id));
    expect(log.changesOf('a')).toMatchObject([{ path: '/a', change: 'add' }]);
    log.notified({ ...started('a'), method: 'item/completed' });
    expect([log.changesOf('a'), log.changesOf('b')]).toMatchObject([null, [{ path: '/b' }]]);
    log.notified({ method: 'turn/completed', params: {} });
    expect(log.changesOf('b')).toBeNull();
  });

  test('are forgotten, oldest first, beyond so many: then nobody can say yes knowingly', () => {
    const log = new FileChangeLog();
    for (let count = 0; count <= openFileChangesMax; count += 1) log.notified(started(`${count}`));
    expect([log.changesOf('0'), log.changesOf('1')]).toMatchObject([null, [{ path: '/1' }]]);
  });

  test.each([
    ['a kind of change that we do not know', { path: '/a', kind: { type: 'link' }, diff: '' }],
    ['a way that is no path', { path: '/a', kind: { type: 'update', move_path: ['/etc'] }, diff: '' }],
    ['no path', { kind: { type: 'add' }, diff: '' }],
  ])('with %s are not known', (_what, change) => {
    const log = new FileChangeLog();
    log.notified({
      method: 'item/started',
      params: { item: { type: 'fileChange', id: 'a', changes: [change] } },
    });
    expect(log.changesOf('a')).toBeNull();
  });
});

test('a request of more paths than are looked up does not count as within', async () => {
  const asked = requestOf('fileChange');
  if (asked.kind !== 'file_change') throw new TypeError('not a file change');
  const ofPaths = (count: number): ApprovalRequest => ({
    ...asked,
    changes: Array.from({ length: count }, (_, at) => ({
      path: `/srv/app/${at}`,
      change: 'add',
      movePath: null,
      diff: '',
    })),
  });
  const policy = within('/srv/app', undefined, async (place) => place);
  expect(await verdictOf(policy, ofPaths(pathsOfRequestMax))).toEqual({ type: 'accept' });
  expect(await verdictOf(policy, ofPaths(pathsOfRequestMax + 1))).toEqual({ type: 'pass' });
});

test('a request that is too long is not remembered', async () => {
  const policy = remember(ask());
  const bench = new PolicyBench();
  const long = requestOf('command', { command: 'x'.repeat(rememberedKeyLengthMax) });
  await bench.judge(policy, long);
  bench.decided({ type: 'accept' });
  expect(await verdictOf(policy, long)).toEqual({ type: 'ask' });
});

test('audit lines that find no room are dropped, and how many is told', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'codex-actors-test-'));
  const failures: string[] = [];
  const file = new AuditFile({
    path: path.join(folder, 'audit.jsonl'),
    redact: (text) => text,
    onFailure: ({ message }) => failures.push(message),
  });
  // The second line waits for the first to be written; in bytes, not in characters, it leaves no room for a third.
  file.append({ event: 'first' });
  file.append({ event: 'ä'.repeat(auditBytesMax / 2 - 100) });
  file.append({ event: 'x'.repeat(1_000) });
  file.append({ event: 'y'.repeat(1_000) });
  await file.close();
  const lines = (await readFile(path.join(folder, 'audit.jsonl'), 'utf8')).trim().split('\n');
  await rm(folder, { recursive: true });
  expect(lines).toHaveLength(2);
  expect(failures).toEqual([expect.stringMatching(/too many waited: 2\./)]);
});
