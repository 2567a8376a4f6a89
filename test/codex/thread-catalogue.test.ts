import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Codex } from '../../src/index.ts';
import { homeMarkVariable, processesWithEnvironment, text } from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';
import { WatchedPort } from './watched-port.ts';

const unknownId = '01900000-0000-7000-8000-000000000000';

let rig: CodexRig;
let port: WatchedPort;
beforeEach(async () => {
  rig = await CodexRig.start();
  port = new WatchedPort(rig.codex);
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

/** A thread with as many turns, each of its own prompt. */
async function threadOf(...prompts: readonly string[]) {
  const thread = rig.codex.startThread(rig.threadOptions);
  for (const prompt of prompts) await thread.run(prompt);
  return { thread, id: thread.id ?? '' };
}

function processes() {
  return processesWithEnvironment(homeMarkVariable, rig.home.mark);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('reading', () => {
  test('a thread is listed and read with its name, its first prompt and its times', async () => {
    const { id } = await threadOf('count the lighthouses');
    await rig.codex.threads.setName(id, 'lighthouses');
    const record = await rig.codex.threads.read(id);
    expect(record).toMatchObject({
      id,
      name: 'lighthouses',
      preview: 'count the lighthouses',
      model: 'gpt-5.5',
      status: 'idle',
      ephemeral: false,
      forkedFromId: null,
      workingDirectory: rig.home.workingDirectory,
    });
    expect(record.createdAtMs).toBeGreaterThan(1_600_000_000_000);
    expect(await collect(rig.codex.threads.list())).toEqual([
      expect.objectContaining({ id, name: 'lighthouses' }),
    ]);
  });

  test('a listing reads page by page, each thread once, newest first', async () => {
    const ids: string[] = [];
    for (const prompt of ['one', 'two', 'three']) ids.push((await threadOf(prompt)).id);
    const listed = await collect(rig.codex.threads.list({ pageSize: 1 }));
    expect(listed.map(({ id }) => id)).toEqual(ids.toReversed());
    const first = await rig.codex.threads.page({ pageSize: 2 });
    const second = await rig.codex.threads.page({ pageSize: 2, cursor: first.nextCursor });
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids.toReversed());
    expect(second.nextCursor).toBeNull();
  });

  test('a reverted thread, of which Codex keeps two files, is listed once, in a page and across pages', async () => {
    const thread = rig.codex.startThread({ ...rig.threadOptions, historyMode: 'paginated' });
    for (const prompt of ['first', 'second']) await thread.run(prompt);
    const [second] = await collect(rig.codex.threads.turns(thread.id ?? ''));
    await thread.revert(second?.id ?? '');
    await thread.run('third');
    const { id: other } = await threadOf('another');
    const ids = [other, thread.id];
    for (const search of ['first', 'third'])
      expect([search, (await collect(rig.codex.threads.list({ search }))).map(({ id }) => id)]).toEqual([
        search,
        search === 'third' ? [thread.id] : [],
      ]);
    expect((await rig.codex.threads.page()).data.map(({ id }) => id)).toEqual(ids);
    expect((await collect(rig.codex.threads.list())).map(({ id }) => id)).toEqual(ids);
    expect((await collect(rig.codex.threads.list({ pageSize: 1 }))).map(({ id }) => id)).toEqual(ids);
  });

  test('a listing is narrowed by text, folder and archive', async () => {
    const { id } = await threadOf('find the sextant');
    const { id: other } = await threadOf('nothing of the kind');
    await rig.codex.threads.archive(other);
    const list = (options: Parameters<Codex['threads']['list']>[0]) => rig.codex.threads.list(options);
    expect((await collect(list({ search: 'sextant' }))).map((one) => one.id)).toEqual([id]);
    expect((await collect(list({ archived: true }))).map((one) => one.id)).toEqual([other]);
    expect(await collect(list({ workingDirectory: '/nowhere' }))).toEqual([]);
    const here = await collect(list({ workingDirectory: rig.home.workingDirectory, sortBy: 'updated' }));
    expect(here.map((one) => one.id)).toEqual([id]);
  });

  test('turns are read with prompt, items and answer, from either end, or without items', async () => {
    rig.model.enqueue([text('first answer')], [text('second answer')]);
    const { id } = await threadOf('first', 'second');
    const turns = await collect(rig.codex.threads.turns(id, { first: 'oldest', pageSize: 1 }));
    expect(turns.map(({ prompt, status, finalResponse }) => [prompt, status, finalResponse])).toEqual([
      ['first', 'completed', 'first answer'],
      ['second', 'completed', 'second answer'],
    ]);
    expect(turns[0]?.items).toMatchObject([{ type: 'agent_message', text: 'first answer' }]);
    const newest = await collect(rig.codex.threads.turns(id, { items: false }));
    expect(newest.map(({ id: turnId, items }) => [turnId, items])).toEqual(
      turns.toReversed().map((turn) => [turn.id, []]),
    );
  });

  test('a turn that runs is among the turns', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([text('half'), gate.action]);
    const thread = rig.codex.startThread(rig.threadOptions);
    const running = thread.run('long');
    await gate.reached();
    const [turn] = await collect(rig.codex.threads.turns(thread.id ?? ''));
    expect(turn).toMatchObject({ status: 'in_progress', prompt: 'long' });
    expect((await rig.codex.threads.read(thread.id ?? '')).status).toBe('running');
    gate.release();
    await running;
  });

  test('a read whose process is killed is answered by the next process', async () => {
    const { id } = await threadOf('first');
    port.kill();
    expect((await rig.codex.threads.read(id)).id).toBe(id);
  });
});

describe('archiving and deleting', () => {
  test('an archived thread is closed here and takes turns again once it is unarchived', async () => {
    const { thread, id } = await threadOf('first');
    await rig.codex.threads.archive(id);
    expect(thread.closed).toBe(true);
    await expect(thread.run('no')).rejects.toMatchObject({ code: 'thread_closed' });
    await expect(rig.codex.resumeThread(id).run('no')).rejects.toMatchObject({ code: 'thread_archived' });
    expect((await rig.codex.threads.unarchive(id)).id).toBe(id);
    const { finalResponse } = await rig.codex.resumeThread(id, rig.threadOptions).run('second');
    expect(finalResponse).toBe('ok');
    expect(rig.model.submissionsOf('no')).toHaveLength(0);
  });

  test('a deleted thread is gone for good', async () => {
    const { id } = await threadOf('first');
    await rig.codex.threads.delete(id);
    await expect(rig.codex.threads.read(id)).rejects.toMatchObject({ code: 'thread_not_found' });
    expect(await collect(rig.codex.threads.list())).toEqual([]);
  });

  test('an archived thread can be deleted', async () => {
    const { id } = await threadOf('first');
    await rig.codex.threads.archive(id);
    await rig.codex.threads.delete(id);
    expect(await collect(rig.codex.threads.list({ archived: true }))).toEqual([]);
  });

  test.each(['archive', 'delete'] as const)(
    '%s is refused while a turn runs, and leaves the turn alone',
    async (method) => {
      const gate = rig.model.hold();
      rig.model.enqueue([text('half'), gate.action]);
      const thread = rig.codex.startThread(rig.threadOptions);
      const running = thread.run('long');
      await gate.reached();
      const refused = { code: 'thread_busy', retryable: true, operation: method, threadId: thread.id };
      await expect(rig.codex.threads[method](thread.id ?? '')).rejects.toMatchObject(refused);
      gate.release();
      expect((await running).finalResponse).toBe('half');
    },
  );

  test('a turn that is asked for while its thread is archived starts only afterwards, and is told', async () => {
    const { id } = await threadOf('first');
    const archiving = rig.codex.threads.archive(id);
    const turn = rig.codex.resumeThread(id, rig.threadOptions).run('meanwhile');
    await expect(turn).rejects.toMatchObject({ code: 'thread_archived', threadId: id });
    await archiving;
    await rig.codex.telemetry.flush();
    expect(port.log.slice(-2)).toEqual(['answered thread/archive', 'asked thread/resume']);
    expect(rig.model.submissionsOf('meanwhile')).toHaveLength(0);
  });
});

describe('labels and metadata', () => {
  test('labels are kept by Codex, found again, and removed', async () => {
    const { threads } = rig.codex;
    const [{ id }, { id: other }] = [await threadOf('a'), await threadOf('b')];
    for (const label of ['nightly', 'über-wichtig', 'nightly']) await threads.labels.add(id, label);
    await threads.labels.add(other, 'nightly');
    expect(await threads.labels.list(id)).toEqual(['nightly', 'über-wichtig']);
    const found = await collect(threads.labels.find('nightly', { pageSize: 1 }));
    expect(found.map(({ threadId }) => threadId).sort()).toEqual([id, other].sort());
    await threads.labels.remove(id, 'nightly');
    await threads.labels.remove(id, 'never there');
    expect(await threads.labels.list(id)).toEqual(['über-wichtig']);
    expect(await collect(threads.labels.find('nightly'))).toEqual([{ threadId: other, archived: false }]);
  });

  test('metadata survives the Codex process, and a key that is set again has the new value', async () => {
    const { metadata } = rig.codex.threads;
    const { id } = await threadOf('a');
    await metadata.set(id, 'ticket', { id: 4711 });
    await metadata.set(id, 'ticket', { id: 4712, by: ['ada'] });
    await metadata.set(id, 'other', null);
    await metadata.remove(id, 'other');
    port.kill();
    expect([...(await metadata.get(id))]).toEqual([['ticket', { id: 4712, by: ['ada'] }]]);
    expect(await rig.codex.threads.labels.list(id)).toEqual([]);
  });

  test('both work while a turn runs', async () => {
    const { thread, id } = await threadOf('a');
    const gate = rig.model.hold();
    rig.model.enqueue([text('half'), gate.action]);
    const running = thread.run('long');
    await gate.reached();
    await rig.codex.threads.labels.add(id, 'busy');
    await rig.codex.threads.metadata.set(id, 'k', 1);
    await rig.codex.threads.setName(id, 'named while busy');
    gate.release();
    await running;
    expect(await rig.codex.threads.labels.list(id)).toEqual(['busy']);
    expect((await rig.codex.threads.read(id)).name).toBe('named while busy');
  });
});

/** Every operation by id, for the tables below. */
const operations: Readonly<Record<string, (codex: Codex, id: string) => Promise<unknown>>> = {
  read: ({ threads }, id) => threads.read(id),
  turns: async ({ threads }, id) => collect(threads.turns(id)),
  setName: ({ threads }, id) => threads.setName(id, 'n'),
  archive: ({ threads }, id) => threads.archive(id),
  unarchive: ({ threads }, id) => threads.unarchive(id),
  delete: ({ threads }, id) => threads.delete(id),
  'labels.add': ({ threads }, id) => threads.labels.add(id, 'l'),
  'labels.remove': ({ threads }, id) => threads.labels.remove(id, 'l'),
  'labels.list': ({ threads }, id) => threads.labels.list(id),
  'metadata.set': ({ threads }, id) => threads.metadata.set(id, 'k', 1),
  'metadata.remove': ({ threads }, id) => threads.metadata.remove(id, 'k'),
  'metadata.get': ({ threads }, id) => threads.metadata.get(id),
};
/** Of each kind of change one, with the method that makes it. */
const changes: Readonly<Record<string, string>> = {
  setName: 'thread/name/set',
  archive: 'thread/archive',
  delete: 'thread/delete',
  'labels.add': 'thread/attachment/add',
};
/** What Codex does not tell apart from a thread that has none. */
const silent = ['labels.list', 'metadata.get'];

describe('failures', () => {
  test('a thread that Codex does not know is thread_not_found to each operation', async () => {
    for (const [name, ask] of Object.entries(operations)) {
      const asked = ask(rig.codex, unknownId);
      const refused = { code: 'thread_not_found', threadId: unknownId, operation: name };
      if (silent.includes(name)) await asked;
      else await expect(asked, name).rejects.toMatchObject(refused);
    }
  });

  test('an id that is none is refused by each operation before anything starts', async () => {
    for (const [name, ask] of Object.entries(operations)) {
      const asked = (async () => ask(rig.codex, 'not-an-id'))();
      const refused = { code: 'invalid_option', field: 'threadId' };
      await expect(asked, name).rejects.toMatchObject(refused);
    }
    expect(await processes()).toEqual([]);
  });

  test('after close each operation rejects', async () => {
    await rig.codex.close();
    for (const [name, ask] of Object.entries(operations))
      await expect(ask(rig.codex, unknownId), name).rejects.toMatchObject({ code: 'thread_closed' });
  });

  test.each(Object.keys(changes))(
    '%s: the process killed before it answers leaves the outcome unknown, asked once',
    async (name) => {
      const { id } = await threadOf('first');
      const method = changes[name] ?? '';
      const settled = await port.killBeforeAnswer(method, async () => operations[name]?.(rig.codex, id));
      expect(settled).toMatchObject({
        status: 'rejected',
        reason: {
          code: 'outcome_unknown',
          retryable: false,
          operation: name,
          threadId: id,
          cause: { code: 'port_exited', signal: 'SIGKILL' },
        },
      });
      // The next process answers, and was not asked again.
      expect((await rig.codex.threads.read(id)).id).toBe(id);
      expect(port.count(method)).toBe(1);
    },
  );

  test('the exec transport has none', async () => {
    await using codex = new Codex({ transport: 'exec' });
    const refused = { code: 'invalid_option', field: 'transport' };
    for (const operation of Object.values(operations))
      await expect(operation(codex, unknownId)).rejects.toMatchObject(refused);
  });

  const badInput: readonly (readonly [field: string, call: (codex: Codex) => unknown])[] = [
    ['name', ({ threads }) => threads.setName(unknownId, ' ')],
    ['name', ({ threads }) => threads.setName(unknownId, 'x'.repeat(1_001))],
    ['label', ({ threads }) => threads.labels.add(unknownId, '')],
    ['label', ({ threads }) => threads.labels.add(unknownId, 'ü'.repeat(129))],
    ['label', ({ threads }) => threads.labels.find('')],
    ['key', ({ threads }) => threads.metadata.set(unknownId, '', 1)],
    ['value', ({ threads }) => threads.metadata.set(unknownId, 'k', 'x'.repeat(65_536))],
    ['pageSize', ({ threads }) => threads.list({ pageSize: 0 })],
    ['pageSize', ({ threads }) => threads.page({ pageSize: 101 })],
    ['pageSize', ({ threads }) => threads.turns(unknownId, { pageSize: 1.5 })],
    ['cursor', ({ threads }) => threads.page({ cursor: '' })],
    ['search', ({ threads }) => threads.list({ search: '' })],
  ];
  test('bad input is refused with its field before anything starts', async () => {
    for (const [field, call] of badInput)
      await expect((async () => call(rig.codex))(), field).rejects.toMatchObject({
        code: 'invalid_option',
        field,
      });
    expect(await processes()).toEqual([]);
  });
});
