import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ThreadEvent } from '../../src/index.ts';
import { command, homeMarkVariable, processesWithEnvironment, text } from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';

describe.each(['app-server', 'exec'] as const)('on the %s transport', (transport) => {
  let rig: CodexRig;
  beforeAll(async () => {
    rig = await CodexRig.start({ transport });
  });
  afterAll(async () => {
    expect(await rig.close()).toEqual([]);
  });
  const newThread = () => rig.codex.startThread({ ...rig.threadOptions, sandboxMode: 'danger-full-access' });

  test('a turn whose signal is aborted already rejects and reaches no model', async () => {
    const thread = newThread();
    await expect(thread.run('never sent', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(rig.model.submissionsOf('never sent')).toEqual([]);
    expect(thread.id).toBeNull();
  });

  test('a stream whose signal is aborted already throws before any event', async () => {
    const { events } = await newThread().runStreamed('never sent', { signal: AbortSignal.abort('why') });
    await expect(events.next()).rejects.toMatchObject({ name: 'AbortError', cause: 'why' });
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  test('an abort during a turn rejects with AbortError, and the thread stays usable', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([text('half'), gate.action]);
    const thread = newThread();
    const abort = new AbortController();
    const running = thread.run('to be aborted', { signal: abort.signal });
    await gate.reached();
    abort.abort(new Error('enough'));
    await expect(running).rejects.toMatchObject({
      name: 'AbortError',
      code: 'cancelled',
      cause: { message: 'enough' },
    });
    expect((await thread.run('after the abort')).finalResponse).toBe('ok');
  });

  test('an abort while a turn waits in the queue takes only that turn', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action, text('first')]);
    const thread = newThread();
    const abort = new AbortController();
    const first = thread.run('goes on');
    const second = thread.run('waits', { signal: abort.signal });
    await gate.reached();
    abort.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    gate.release();
    expect((await first).finalResponse).toBe('first');
    expect(rig.model.submissionsOf('waits')).toEqual([]);
  });

  test('an abort while iterating ends the stream in a throw', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action, text('never')]);
    const abort = new AbortController();
    const { events } = await newThread().runStreamed('iterate', { signal: abort.signal });
    const seen: ThreadEvent['type'][] = [];
    const reading = (async () => {
      for await (const event of events) {
        seen.push(event.type);
        if (event.type !== 'turn.started') continue;
        // Else the turn may end before it asks the model, and leave its response to the next test.
        await gate.reached();
        abort.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen).toEqual(['thread.started', 'turn.started']);
  });

  test('leaving the loop interrupts the turn, and the thread stays usable', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action, text('never')]);
    const thread = newThread();
    const { events } = await thread.runStreamed('left early');
    for await (const event of events) {
      if (event.type !== 'turn.started') continue;
      await gate.reached();
      break;
    }
    await gate.left();
    expect((await thread.run('after leaving')).finalResponse).toBe('ok');
    expect(rig.model.submissionsOf('left early').length).toBeLessThanOrEqual(1);
  });

  test('nothing runs before the first event is asked for', async () => {
    const { events } = await newThread().runStreamed('cold');
    await events.return(undefined);
    expect(rig.model.submissionsOf('cold')).toEqual([]);
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  test('an abort while a command runs leaves the thread usable', async () => {
    rig.model.enqueue([command('sleep 1000')]);
    const thread = newThread();
    const abort = new AbortController();
    const { events } = await thread.runStreamed('sleep', { signal: abort.signal });
    const reading = (async () => {
      for await (const event of events) if (event.type === 'item.started') abort.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect((await thread.run('after the command')).finalResponse).toBe('ok');
  });

  test('a signal that is not aborted changes nothing, and is let go of', async () => {
    const abort = new AbortController();
    const { finalResponse } = await newThread().run('plain', { signal: abort.signal });
    abort.abort();
    expect(finalResponse).toBe('ok');
  });

  test('closing interrupts what runs, tells what waits, and ends every process', async () => {
    const own = await CodexRig.start({ transport });
    const gate = own.model.hold();
    own.model.enqueue([gate.action]);
    const thread = own.codex.startThread(own.threadOptions);
    const turns = Promise.allSettled([thread.run('one'), thread.run('two')]);
    await gate.reached();
    await own.codex.close();
    expect(await processesWithEnvironment(homeMarkVariable, own.home.mark)).toEqual([]);
    const codes = (await turns).map((turn) => (turn.status === 'rejected' ? turn.reason.code : 'resolved'));
    expect(codes[0]).toMatch(/turn_interrupted|thread_closed/);
    expect(codes[1]).toBe('thread_closed');
    await expect(thread.run('three')).rejects.toMatchObject({ code: 'thread_closed' });
    expect(await own.close()).toEqual([]);
  });
});
