import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createActor, sendTo, setup, waitFor } from 'xstate';
import { ThreadActor, type ThreadActorEmitted } from '../../src/actors/index.ts';
import { text } from '../../src/testing/index.ts';
import { CodexRig } from '../codex/rig.ts';

let rig: CodexRig;
beforeAll(async () => {
  rig = await CodexRig.start();
});
afterAll(async () => {
  expect(await rig.close()).toEqual([]);
});

/** A started actor that keeps what it emits. */
function startActor(threadId?: string) {
  const input = {
    codex: rig.codex,
    options: rig.threadOptions,
    ...(threadId === undefined ? {} : { threadId }),
  };
  const actor = createActor(ThreadActor, { input });
  const emitted: ThreadActorEmitted[] = [];
  actor.on('*', (event) => void emitted.push(event));
  actor.start();
  const next = <Type extends ThreadActorEmitted['type']>(type: Type) =>
    new Promise<Extract<ThreadActorEmitted, { type: Type }>>((resolve) => {
      const subscription = actor.on('*', (event) => {
        if (!isOf(event, type)) return;
        subscription.unsubscribe();
        resolve(event);
      });
    });
  return { actor, emitted, next };
}

function isOf<Type extends ThreadActorEmitted['type']>(
  event: ThreadActorEmitted,
  type: Type,
): event is Extract<ThreadActorEmitted, { type: Type }> {
  return event.type === type;
}

describe('a ThreadActor', () => {
  test('starts nothing before its first turn', () => {
    const { actor } = startActor();
    expect(actor.getSnapshot().value).toBe('idle');
    expect(actor.getSnapshot().context.threadId).toBeNull();
    actor.stop();
  });

  test('emits a turn from its start to its end, and shows where it stands', async () => {
    const { actor, emitted, next } = startActor();
    const values: string[] = [];
    actor.subscribe(({ value }) => void (values.at(-1) === value || values.push(value)));
    const completed = next('turn.completed');
    actor.send({ type: 'turn.run', input: 'say ok' });
    expect(await completed).toMatchObject({ finalResponse: 'ok', turn: 1 });
    expect(emitted.map(({ type }) => type)).toEqual([
      'thread.started',
      'turn.started',
      'item.delta',
      'item.completed',
      'turn.completed',
    ]);
    expect(values.slice(-3)).toEqual(['opening', 'running', 'ready']);
    expect(actor.getSnapshot().hasTag('idle')).toBe(true);
    expect(actor.getSnapshot().context.threadId).toMatch(/^[0-9a-f-]{36}$/);
    actor.stop();
  });

  test('says that the thread rests only after the last event of its turn, so that nobody who stops it then misses one', async () => {
    const { actor, emitted } = startActor();
    actor.send({ type: 'turn.run', input: 'say ok' });
    await waitFor(actor, (snapshot) => snapshot.hasTag('busy'));
    const types = await new Promise<readonly string[]>((resolve) => {
      const { unsubscribe } = actor.subscribe((snapshot) => {
        if (!snapshot.hasTag('idle')) return;
        resolve(emitted.map(({ type }) => type));
        unsubscribe();
        actor.stop();
      });
    });
    expect(types.slice(-2)).toEqual(['item.completed', 'turn.completed']);
  });

  test('says that it rests only after it has told of an interrupt', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action]);
    const { actor, emitted } = startActor();
    actor.send({ type: 'turn.run', input: 'held' });
    await gate.reached();
    actor.send({ type: 'turn.interrupt' });
    const types = new Promise<readonly string[]>((resolve) => {
      actor.subscribe((snapshot) => {
        if (snapshot.hasTag('idle')) resolve(emitted.map(({ type }) => type));
      });
    });
    expect((await types).at(-1)).toBe('turn.interrupted');
    actor.stop();
  });

  test('stays at rest when the input of a turn cannot be', async () => {
    const { actor, next } = startActor();
    const failed = next('turn.failed');
    actor.send({ type: 'turn.run', input: 'x'.repeat(1_048_577) });
    expect(await failed).toMatchObject({ error: { code: 'input_too_large' } });
    expect(actor.getSnapshot().value).toBe('idle');
    actor.stop();
  });

  test('ignores events that it does not know, as machines do, and still runs turns', async () => {
    const { actor, next } = startActor();
    const before = actor.getSnapshot();
    const stray: object = { type: 'turn.runn' };
    Reflect.apply(actor.send, actor, [stray]);
    expect(actor.getSnapshot()).toBe(before);
    const completed = next('turn.completed');
    actor.send({ type: 'turn.run', input: 'say ok' });
    expect(await completed).toMatchObject({ finalResponse: 'ok' });
    actor.stop();
  });

  test('shows its tags in JSON as the machines of XState do', () => {
    const { actor } = startActor();
    expect(JSON.parse(JSON.stringify(actor.getSnapshot()))).toEqual({
      status: 'active',
      value: 'idle',
      tags: ['idle'],
      context: { threadId: null, queueLength: 0, turnId: null, recoveries: 0 },
    });
    actor.stop();
  });

  test('an interrupt ends the running turn, and the waiting one goes on', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action]);
    const { actor, next } = startActor();
    const interrupted = next('turn.interrupted');
    const completed = next('turn.completed');
    actor.send({ type: 'turn.run', input: 'held' });
    actor.send({ type: 'turn.run', input: 'waiting' });
    await gate.reached();
    expect(actor.getSnapshot().context.queueLength).toBe(1);
    actor.send({ type: 'turn.interrupt' });
    expect(await interrupted).toMatchObject({ turn: 1, error: { code: 'turn_interrupted' } });
    expect(await completed).toMatchObject({ turn: 2 });
    actor.stop();
  });

  test('steering gives the running turn more to work with', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([gate.action, text('first')]);
    const { actor, next } = startActor();
    const steered = next('turn.steered');
    const completed = next('turn.completed');
    actor.send({ type: 'turn.run', input: 'begin' });
    await gate.reached();
    actor.send({ type: 'turn.steer', input: 'and this too' });
    expect((await steered).result.kind).toBe('accepted');
    gate.release();
    await completed;
    expect(rig.model.requests.at(-1)?.userMessages.at(-1)).toContain('and this too');
    actor.stop();
  });

  test('steering an idle thread says that no turn runs', async () => {
    const { actor, next } = startActor();
    const steered = next('turn.steered');
    actor.send({ type: 'turn.steer', input: 'more' });
    expect((await steered).result).toEqual({ kind: 'no_active_turn' });
    actor.stop();
  });

  test('is done, with the thread id as output, when its thread is closed', async () => {
    const { actor, next } = startActor();
    const completed = next('turn.completed');
    actor.send({ type: 'turn.run', input: 'once' });
    await completed;
    const { threadId } = actor.getSnapshot().context;
    actor.send({ type: 'thread.close' });
    const last = await waitFor(actor, ({ status }) => status === 'done');
    expect(last.output).toEqual({ threadId });
    expect(last.value).toBe('closed');
  });

  test('is done when its Codex is closed, whatever the thread was doing', async () => {
    await using own = await CodexRig.start();
    const gate = own.model.hold();
    own.model.script(({ prompt }) => (prompt.includes('held') ? [gate.action] : undefined));
    const start = () =>
      createActor(ThreadActor, { input: { codex: own.codex, options: own.threadOptions } }).start();
    const [unused, resting, running] = [start(), start(), start()];
    const emitted: ThreadActorEmitted[] = [];
    running.on('*', (event) => void emitted.push(event));
    resting.send({ type: 'turn.run', input: 'once' });
    running.send({ type: 'turn.run', input: 'held' });
    await gate.reached();
    await waitFor(resting, (snapshot) => snapshot.matches('ready'));
    await own.codex.close();
    for (const actor of [unused, resting, running]) {
      const { value, status } = await waitFor(actor, (snapshot) => snapshot.status === 'done');
      expect({ value, status }).toEqual({ value: 'closed', status: 'done' });
    }
    expect(emitted.slice(-2).map(({ type }) => type)).toEqual(['turn.interrupted', 'thread.closed']);
  });

  test('is closed with the Codex, before that is', async () => {
    await using own = await CodexRig.start();
    const actor = createActor(ThreadActor, { input: { codex: own.codex, options: own.threadOptions } });
    actor.start();
    actor.send({ type: 'turn.run', input: 'once' });
    await waitFor(actor, (snapshot) => snapshot.matches('ready'));
    await own.codex.close();
    expect(actor.getSnapshot().value).toBe('closed');
  });

  test('stopped, it leaves a thread that it only resumed to go on', async () => {
    const thread = rig.codex.startThread(rig.threadOptions);
    await thread.run('mine');
    const { actor, next } = startActor(thread.id ?? undefined);
    const completed = next('turn.completed');
    actor.send({ type: 'turn.run', input: 'shared' });
    await completed;
    actor.stop();
    expect((await thread.run('still mine')).finalResponse).toBe('ok');
    await thread.close();
  });

  test('works as an invoked child of an application machine', async () => {
    const machine = setup({ actors: { thread: ThreadActor } }).createMachine({
      initial: 'asking',
      states: {
        asking: {
          invoke: {
            id: 'codex',
            src: 'thread',
            input: { codex: rig.codex, options: rig.threadOptions },
            onSnapshot: {
              guard: ({ event }) => event.snapshot.matches('ready'),
              actions: sendTo('codex', { type: 'thread.close' }),
            },
            onDone: 'answered',
          },
          entry: sendTo('codex', { type: 'turn.run', input: 'from a machine' }),
        },
        answered: { type: 'final' },
      },
    });
    const actor = createActor(machine).start();
    await waitFor(actor, (snapshot) => snapshot.matches('answered'));
    expect(rig.model.submissionsOf('from a machine')).toHaveLength(1);
  });
});
