import { describe, expect, it } from 'vitest';
import { createMachine, type InspectionEvent, sendTo, setup } from 'xstate';
import type { ActorContext } from '../../src/supervisor/behaviour.ts';
import { logicBehaviour } from '../../src/supervisor/xstate-adapter.ts';
import { actor, echo, endOf, SmallWorld } from './small-world.ts';

const machine = createMachine({ on: { hello: {} } });

function inspected(): { readonly world: SmallWorld; readonly events: InspectionEvent[] } {
  const events: InspectionEvent[] = [];
  return { world: new SmallWorld({ inspect: (event) => events.push(event) }), events };
}

/** Starts an actor that hands out its context, so that a test can speak for it. */
function speaker(world: SmallWorld, path: string, parent?: Parameters<SmallWorld['start']>[2]) {
  const contexts: ActorContext<unknown>[] = [];
  const process = world.start(
    path,
    {
      init: (context) => {
        contexts.push(context);
        return { receive: () => {} };
      },
    },
    parent,
  );
  const [context] = contexts;
  if (context === undefined) throw new Error('not started');
  return { process, context };
}

describe('an inspector sees', () => {
  it.each([
    ['text', 'hello'],
    ['nothing', null],
    ['a list', [1]],
    ['an object without a type', { kind: 'hello' }],
    ['an object whose type is no word', { type: 5 }],
  ])('a message that is %s as an event of the type `message` that holds it', async (_what, message) => {
    const { world, events } = inspected();
    world.start('app/a', actor());
    events.length = 0;
    world.runtime.cast('app/a', message);
    await world.settle();
    expect(events.map((event) => 'event' in event && event.event)).toEqual([
      { type: 'message', message },
      { type: 'message', message },
    ]);
  });

  it('what a plain actor shows of itself as the context of its snapshot, and no context where it shows nothing', async () => {
    const { world, events } = inspected();
    const view = {
      getSnapshot: () => ({ open: 3 }),
      subscribe: () => ({ unsubscribe() {} }),
      on: () => ({ unsubscribe() {} }),
    };
    world.start(
      'app/a',
      actor(() => {}, { view }),
    );
    world.start('app/b', actor());
    world.runtime.cast('app/a', 'hello');
    world.runtime.cast('app/b', 'hello');
    await world.settle();
    const [a, b] = events.flatMap((event) => (event.type === '@xstate.snapshot' ? [event.snapshot] : []));
    expect(a).toMatchObject({ context: { open: 3 } });
    expect(b).not.toHaveProperty('context');
  });

  it('what an actor says after its end, from its place in the tree, and what is said to the dead', async () => {
    const { world, events } = inspected();
    const parent = world.start('app', actor(), { trapExit: true });
    const { process, context } = speaker(world, 'app/a', { parent });
    world.start('app/b', echo);
    world.runtime.kill(process);
    await world.settle();
    events.length = 0;
    context.cast('app/b', { type: 'late' });
    world.runtime.cast(process, { type: 'lost' });
    const [late, lost] = events.flatMap((event) => (event.type === '@xstate.event' ? [event] : []));
    expect(late?.sourceRef?.sessionId).toBe('app/a');
    expect(Object(late?.sourceRef)._parent.sessionId).toBe('app');
    expect(lost?.actorRef.sessionId).toBe('app/a');
  });

  it('the sender of an event to a machine, also when the event says that nobody waits for an answer', async () => {
    const { world, events } = inspected();
    world.start('app/machine', logicBehaviour({ logic: machine }, world.runtime.inspection));
    const { context } = speaker(world, 'app/a');
    events.length = 0;
    context.cast('app/machine', { type: 'hello', replyTo: null });
    await world.settle();
    const [hello] = events.flatMap((event) => (event.type === '@xstate.event' ? [event] : []));
    expect(hello?.sourceRef?.sessionId).toBe('app/a');
  });

  it('nobody as the sender of an event that the application sends after an actor had sent the same object', async () => {
    const { world, events } = inspected();
    world.start('app/machine', logicBehaviour({ logic: machine }, world.runtime.inspection));
    const { context } = speaker(world, 'app/a');
    const hello = { type: 'hello' };
    context.cast('app/machine', hello);
    await world.settle();
    events.length = 0;
    world.runtime.cast('app/machine', hello);
    await world.settle();
    const [again] = events.flatMap((event) => (event.type === '@xstate.event' ? [event] : []));
    expect(again?.sourceRef).toBeUndefined();
  });

  it('one and the same ref of a child of a machine, however often it is told of it', async () => {
    const { world, events } = inspected();
    const outer = setup({ actors: { inner: machine } }).createMachine({
      invoke: { src: 'inner', id: 'inner' },
      on: { greet: { actions: sendTo('inner', { type: 'hello' }) } },
    });
    world.start('app/machine', logicBehaviour({ logic: outer }, world.runtime.inspection));
    world.runtime.cast('app/machine', { type: 'greet' });
    await world.settle();
    const told = events.filter(({ actorRef }) => actorRef.sessionId === 'app/machine/inner');
    expect(told.length).toBeGreaterThan(3);
    expect(new Set(told.map(({ actorRef }) => actorRef)).size).toBe(1);
  });

  it('the end of a machine once', async () => {
    const { world, events } = inspected();
    const process = world.start('app/machine', logicBehaviour({ logic: machine }, world.runtime.inspection));
    process.requestStop('shutdown');
    await world.settle();
    const ends = events.filter(
      (event) => event.type === '@xstate.snapshot' && event.event.type === 'xstate.stop',
    );
    expect(ends).toHaveLength(1);
  });
});

describe('while somebody inspects', () => {
  it.each([['text'], [null], [undefined]])(
    'a message to a machine that is %j harms its receiver alone',
    async (message) => {
      const { world } = inspected();
      const end = endOf(
        world.start('app/machine', logicBehaviour({ logic: machine }, world.runtime.inspection)),
      );
      const { process, context } = speaker(world, 'app/a');
      expect(() => context.cast('app/machine', message)).not.toThrow();
      await world.settle();
      expect(end.reason).toMatchObject({ error: expect.any(TypeError) });
      expect(process.isDead).toBe(false);
    },
  );

  it('an inspector without `next` is told nothing and has not failed', async () => {
    const world = new SmallWorld({ inspect: {} });
    world.start('app/a', echo);
    expect(await world.runtime.call('app/a', {})).toBeDefined();
    expect(world.reports).toEqual([]);
  });
});
