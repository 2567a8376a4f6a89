import { createInspector } from '@statelyai/inspect';
import { describe, expect, test } from 'vitest';
import { createActor, createMachine, type InspectionEvent, sendTo, setup, spawnChild } from 'xstate';
import type { ActorContext, Behaviour } from '../../src/supervisor/behaviour.ts';
import { logicBehaviour } from '../../src/supervisor/xstate-adapter.ts';
import { actor, echo, SmallWorld } from './small-world.ts';

const boom = new Error('boom');

const inner = createMachine({ id: 'inner', on: { hello: {} } });
const outer = setup({ actors: { inner } }).createMachine({
  id: 'outer',
  initial: 'on',
  states: { on: { on: { toggle: 'off' } }, off: {} },
  invoke: [
    { src: 'inner', id: 'named' },
    { src: 'inner', id: 'second' },
  ],
  on: { greet: { actions: sendTo('named', { type: 'hello' }) } },
});

const hosted = setup({ actors: { inner } }).createMachine({
  id: 'outer',
  initial: 'on',
  states: { on: { on: { toggle: 'off' } }, off: {} },
  invoke: { src: 'inner', id: 'named' },
});

/** A supervisor-like plain parent, an XState child with children of its own, and a plain child. */
function startFamily(world: SmallWorld) {
  const parent = world.start('app', actor(), { trapExit: true });
  const machine = world.start('app/machine', logicBehaviour({ logic: outer }, world.runtime.inspection), {
    parent,
  });
  const plain = world.start(
    'app/plain',
    actor((message, replyTo, context) => {
      replyTo?.reply('pong');
      if (message === 'toggle') context.cast('app/machine', { type: 'toggle' });
    }),
    { parent },
  );
  return { parent, machine, plain };
}

/** A plain actor that runs a chart and hands it what it is sent. */
const actorWithChart: Behaviour<{ readonly type: 'toggle' }> = {
  init: (context) => {
    const chart = createActor(hosted, { inspect: context.inspectInner?.('chart') }).start();
    return { receive: (message) => chart.send(message), kill: () => void chart.stop() };
  },
};

function inspected(): { readonly world: SmallWorld; readonly events: InspectionEvent[] } {
  const events: InspectionEvent[] = [];
  return { world: new SmallWorld({ inspect: (event) => events.push(event) }), events };
}

/** The refs as inspectors see them, without what changes from run to run. */
function outline(event: InspectionEvent): string {
  const source = event.type === '@xstate.event' ? ` from ${event.sourceRef?.sessionId}` : '';
  const what = 'event' in event ? ` ${event.event.type}` : '';
  return `${event.type.slice(8)} ${event.actorRef.sessionId}${what}${source}`;
}

describe('inspection', () => {
  test('shows plain actors, machines and their children with ids that are paths, parents first', () => {
    const { world, events } = inspected();
    startFamily(world);
    const actors = events.filter(({ type }) => type === '@xstate.actor').map(({ actorRef }) => actorRef);
    expect(
      actors.map((ref) => ({
        id: ref.sessionId,
        parent: Object(ref)._parent?.sessionId,
        name: Object(ref).id,
      })),
    ).toEqual([
      { id: 'app', parent: undefined, name: 'app' },
      { id: 'app/machine', parent: 'app', name: 'machine' },
      { id: 'app/machine/named', parent: 'app/machine', name: 'named' },
      { id: 'app/machine/second', parent: 'app/machine', name: 'second' },
      { id: 'app/plain', parent: 'app', name: 'plain' },
    ]);
    expect(new Set(events.map(({ rootId }) => rootId))).toEqual(new Set(['app']));
    expect(Object(actors[1]).logic.config.id).toBe('outer');
  });

  test('shows each message with its sender, and the snapshot after it', async () => {
    const { world, events } = inspected();
    startFamily(world);
    events.length = 0;
    world.runtime.cast('app/plain', 'toggle');
    await world.settle();
    expect(events.map(outline).filter((line) => !line.startsWith('microstep'))).toEqual([
      'event app/plain message from undefined',
      'snapshot app/plain message',
      'event app/machine toggle from app/plain',
      'snapshot app/machine toggle',
    ]);
  });

  test('shows the sender of a call too', async () => {
    const { world, events } = inspected();
    const { machine } = startFamily(world);
    world.start(
      'app/caller',
      actor(async (_message, _replyTo, context) => {
        await context.call(machine, { type: 'toggle' }, { timeoutMs: 1 }).catch(() => {});
      }),
    );
    world.runtime.cast('app/caller', 'go');
    await world.clock.advance(1);
    expect(events.map(outline)).toContain('event app/machine toggle from app/caller');
  });

  test('shows nothing after the end of an actor, not even the message in which it ended', async () => {
    const { world, events } = inspected();
    const plain = world.start(
      'app/plain',
      actor(() => world.runtime.kill(plain)),
    );
    world.runtime.cast(plain, { type: 'end' });
    await world.settle();
    expect(events.map(outline).slice(-2)).toEqual([
      'event app/plain end from undefined',
      'snapshot app/plain xstate.stop',
    ]);
  });

  test('shows the end of a plain actor and how it ended', async () => {
    const { world, events } = inspected();
    const plain = world.start(
      'app/plain',
      actor(() => Promise.reject(boom)),
    );
    world.runtime.cast(plain, 'fail');
    await world.settle();
    const last = events.at(-1);
    expect(last).toMatchObject({
      type: '@xstate.snapshot',
      event: { type: 'xstate.stop' },
      snapshot: { status: 'error', error: boom },
    });
  });

  test('shows the chart that a plain actor runs within itself, under the path of the actor', async () => {
    const { world, events } = inspected();
    const host = world.start('app/host', actorWithChart);
    world.runtime.cast(host, { type: 'toggle' });
    await world.settle();
    const seen = events.map(outline).filter((line) => /^(actor|event|snapshot)/.test(line));
    expect(seen).toEqual([
      'actor app/host',
      'actor app/host/chart',
      'actor app/host/chart/named',
      'event app/host/chart xstate.init from undefined',
      'event app/host/chart/named xstate.init from app/host/chart',
      'snapshot app/host/chart/named xstate.init',
      'snapshot app/host/chart xstate.init',
      'event app/host toggle from undefined',
      'event app/host/chart toggle from undefined',
      'snapshot app/host/chart toggle',
      'snapshot app/host toggle',
    ]);
    const chart = events[1]?.actorRef;
    expect(Object(chart)._parent.sessionId).toBe('app/host');
    expect(Object(chart).logic.config.id).toBe('outer');
  });

  test('asks nothing of a plain actor’s chart while nobody inspects', () => {
    const contexts: ActorContext<unknown>[] = [];
    new SmallWorld().start('app/host', {
      init: (context) => {
        contexts.push(context);
        return { receive: () => {} };
      },
    });
    expect(contexts[0]?.inspectInner).toBeUndefined();
  });

  test('forgets actors that have ended', async () => {
    const { world } = inspected();
    const { parent } = startFamily(world);
    expect(world.runtime.inspection?.size).toBe(3);
    world.runtime.kill(parent);
    await world.settle();
    expect(world.runtime.inspection?.size).toBe(0);
  });

  test('gives the next incarnation the same ids', () => {
    const { world, events } = inspected();
    const first = world.start('app/a', echo);
    world.runtime.kill(first);
    world.start('app/a', echo);
    const ids = events
      .filter(({ type }) => type === '@xstate.actor')
      .map(({ actorRef }) => actorRef.sessionId);
    expect(ids).toEqual(['app/a', 'app/a']);
  });

  test('tells the same story in every run', async () => {
    const stories: string[][] = [];
    for (let run = 0; run < 2; run += 1) {
      const { world, events } = inspected();
      const { parent } = startFamily(world);
      world.runtime.cast('app/machine', { type: 'greet' });
      world.runtime.cast('app/plain', 'toggle');
      await world.settle();
      parent.requestStop('shutdown');
      await world.settle();
      stories.push(events.map(outline));
    }
    expect(stories[0]).toEqual(stories[1]);
    expect(stories[0]?.join()).not.toMatch(/x:\d/);
  });

  test('numbers the children that have no id of their own, since XState’s numbers differ from run to run', async () => {
    const { world, events } = inspected();
    const spawning = setup({ actors: { inner } }).createMachine({
      entry: [spawnChild('inner'), spawnChild('inner')],
    });
    world.start('app/spawning', logicBehaviour({ logic: spawning }, world.runtime.inspection));
    const actors = events
      .filter(({ type }) => type === '@xstate.actor')
      .map(({ actorRef }) => actorRef.sessionId);
    expect(actors).toEqual(['app/spawning', 'app/spawning/child-1', 'app/spawning/child-2']);
  });

  test('an inspector that throws is reported once and harms nobody', async () => {
    const world = new SmallWorld({
      inspect: () => {
        throw boom;
      },
    });
    const { machine } = startFamily(world);
    world.runtime.cast(machine, { type: 'toggle' });
    expect(await world.runtime.call('app/plain', {})).toBe('pong');
    expect(world.runtime.snapshotOf(machine)).toMatchObject({ value: 'off' });
    expect(world.reports).toEqual([{ type: 'inspector_failed', error: boom }]);
  });

  test('Stately’s inspector understands it', async () => {
    const sent: {
      type: string;
      sessionId: string;
      parentId?: string;
      rootId: string;
      definition?: string;
    }[] = [];
    const inspector = createInspector({ send: (event) => void sent.push(Object(event)) });
    const world = new SmallWorld({ inspect: inspector.inspect });
    startFamily(world);
    world.runtime.cast('app/plain', 'toggle');
    await world.settle();
    // The inspector converts in timers of 0 ms, which were all set before this one.
    await new Promise((resolve) => setTimeout(resolve, 0));
    const actors = sent.filter(({ type }) => type === '@xstate.actor');
    expect(actors.map(({ sessionId, parentId }) => `${sessionId} of ${parentId}`)).toEqual([
      'app of undefined',
      'app/machine of app',
      'app/machine/named of app/machine',
      'app/machine/second of app/machine',
      'app/plain of app',
    ]);
    expect(new Set(sent.map(({ rootId }) => rootId))).toEqual(new Set(['app']));
    expect(JSON.parse(actors[1]?.definition ?? '{}')).toMatchObject({ id: 'outer' });
    expect(sent.filter(({ type }) => type === '@xstate.event').map(({ sessionId }) => sessionId)).toContain(
      'app/machine',
    );
  });
});
