import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Codex, type Thread } from '../../src/index.ts';
import { type Gate, text } from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';
import { WatchedPort } from './watched-port.ts';

let rig: CodexRig;
let port: WatchedPort;
beforeEach(async () => {
  rig = await CodexRig.start();
  port = new WatchedPort(rig.codex);
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

/** A thread with a turn that runs until the gate is released. */
async function busyThread(): Promise<{ thread: Thread; running: Promise<unknown>; gate: Gate }> {
  const gate = rig.model.hold();
  rig.model.enqueue([text('first answer'), gate.action]);
  const thread = rig.codex.startThread(rig.threadOptions);
  const running = thread.run('first');
  await gate.reached();
  return { thread, running, gate };
}

/** The last prompt of each request that the model got. */
function prompts(): readonly string[] {
  return rig.model.requests.map(({ userMessages }) => userMessages.at(-1) ?? '');
}

describe('the queue of a thread', () => {
  test('lists what waits in order, not what runs', async () => {
    const { thread, running, gate } = await busyThread();
    const second = await thread.queue.add('second');
    const others = Promise.all([thread.review({ type: 'uncommittedChanges' }), thread.fork()]);
    const waiting = thread.queue.list();
    expect(waiting.map(({ kind, input }) => [kind, input])).toEqual([
      ['message', 'second'],
      ['review', null],
      ['fork', null],
    ]);
    expect(waiting[0]?.id).toBe(second.id);
    expect(waiting[0]?.waitedMs).toBeGreaterThanOrEqual(0);
    gate.release();
    await Promise.all([running, second.result, others]);
    expect(thread.queue.list()).toEqual([]);
  });

  test('runs in the order that it is put into', async () => {
    const { thread, running, gate } = await busyThread();
    const added = [
      await thread.queue.add('second'),
      await thread.queue.add('third'),
      await thread.queue.add('fourth'),
    ];
    const [second, third, fourth] = added.map(({ id }) => id);
    thread.queue.reorder([third ?? '', fourth ?? '', second ?? '']);
    expect(thread.queue.list().map(({ input }) => input)).toEqual(['third', 'fourth', 'second']);
    expect(thread.queue.start(second ?? '')).toBe(true);
    expect(thread.queue.list().map(({ input }) => input)).toEqual(['second', 'third', 'fourth']);
    expect(thread.queue.start(fourth ?? '')).toBe(true);
    gate.release();
    await Promise.all([running, ...added.map(({ result }) => result)]);
    expect(prompts()).toEqual(['first', 'fourth', 'second', 'third']);
    expect(thread.queue.start(second ?? '')).toBe(false);
  });

  test('keeps its order when the process is killed', async () => {
    const { thread, running, gate } = await busyThread();
    const [second, third] = [await thread.queue.add('second'), await thread.queue.add('third')];
    thread.queue.start(third.id);
    port.kill();
    await expect(running).rejects.toMatchObject({ code: 'turn_cut_off' });
    gate.release();
    await Promise.all([second.result, third.result]);
    expect(prompts()).toEqual(['first', 'third', 'second']);
  });

  test('gives out a turn that is taken from it as interrupted, and it never runs', async () => {
    const { thread, running, gate } = await busyThread();
    const { id, result } = await thread.queue.add('second');
    const forking = expect(thread.fork()).rejects.toMatchObject({ code: 'turn_interrupted' });
    const [, fork] = thread.queue.list();
    expect(thread.queue.remove(id)).toBe(true);
    expect(thread.queue.remove(fork?.id ?? '')).toBe(true);
    await expect(result).rejects.toMatchObject({ code: 'turn_interrupted' });
    await forking;
    expect(thread.queue.remove(id)).toBe(false);
    gate.release();
    await running;
    await thread.run('third');
    expect(prompts()).toEqual(['first', 'third']);
    expect(port.count('thread/fork')).toBe(0);
  });

  test('goes on after a turn that was interrupted', async () => {
    const { thread, running } = await busyThread();
    const { result } = await thread.queue.add('second');
    thread.interrupt();
    await expect(running).rejects.toMatchObject({ code: 'turn_interrupted' });
    expect((await result).finalResponse).toBe('ok');
  });

  test('is full at 64, empty and closed after close, and does no harm by results that nobody awaits', async () => {
    const { thread, running } = await busyThread();
    for (let count = 0; count < 64; count += 1) await thread.queue.add(`waits ${count}`);
    await expect(thread.queue.add('one more')).rejects.toMatchObject({ code: 'queue_full' });
    const closed = expect(running).rejects.toMatchObject({ code: 'turn_interrupted' });
    await thread.close();
    await closed;
    expect(thread.queue.list()).toEqual([]);
    await expect(thread.queue.add('late')).rejects.toMatchObject({ code: 'thread_closed' });
    expect(prompts()).toEqual(['first']);
  });

  test('refuses an order that does not name all that waits once, bad input, and the exec transport', async () => {
    const { thread, running, gate } = await busyThread();
    const { id, result } = await thread.queue.add('second');
    const refused = expect.objectContaining({ code: 'invalid_option', field: 'ids' });
    for (const ids of [[], [id, id], ['other'], [id, 'other']])
      expect(() => thread.queue.reorder(ids)).toThrowError(refused);
    await expect(thread.queue.add(JSON.parse('5'))).rejects.toMatchObject({ code: 'invalid_option' });
    await expect(thread.queue.add('x'.repeat(2_000_000))).rejects.toMatchObject({ code: 'input_too_large' });
    await using codex = new Codex({ transport: 'exec' });
    expect(() => codex.startThread().queue).toThrowError(
      expect.objectContaining({ code: 'invalid_option', field: 'transport' }),
    );
    gate.release();
    await Promise.all([running, result]);
  });
});
