import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import {
  defaultMcpServerTimings,
  type McpServerMachineEvent,
  mcpServerMachine,
} from '../../src/machines/mcp-server-machine.ts';

const timings = { ...defaultMcpServerTimings, reconnectsMax: 2 };
const backoffMs = (failures: number) => failures * 100;
const error = new Error('it died');

/** The chart with effects that only take notes. */
function startServer() {
  const log: string[] = [];
  const clock = new SimulatedClock();
  const actor = createActor(
    mcpServerMachine.provide({
      actions: {
        open: () => log.push('open'),
        list: () => log.push('list'),
        release: () => log.push('release'),
      },
    }),
    { clock, input: { timings, backoffMs } },
  );
  actor.start();
  const value = () => {
    const now = actor.getSnapshot().value;
    return typeof now === 'string' ? now : `ready.${now.ready}`;
  };
  return {
    log,
    clock,
    value,
    send: (event: McpServerMachineEvent) => actor.send(event),
    has: (tag: 'usable' | 'awaited' | 'given_up' | 'ended') => actor.getSnapshot().hasTag(tag),
    context: () => actor.getSnapshot().context,
    active: () => actor.getSnapshot().status === 'active',
  };
}

const events = {
  opened: { type: 'server.opened' },
  listed: { type: 'server.listed' },
  failed: { type: 'server.failed', error },
  lost: { type: 'server.lost', error },
  released: { type: 'server.released' },
  changed: { type: 'tools.changed' },
  reconnect: { type: 'server.reconnect' },
  stop: { type: 'server.stop' },
} as const satisfies Record<string, McpServerMachineEvent>;
type EventName = keyof typeof events;
const names = Object.keys(events) as EventName[];

/** How each state is reached. */
const failure: readonly EventName[] = ['failed', 'released'];
const paths: Record<string, readonly (EventName | number)[]> = {
  opening: [],
  listing: ['opened'],
  'ready.listed': ['opened', 'listed'],
  'ready.refreshing': ['opened', 'listed', 'changed'],
  'ready.settling': ['opened', 'listed', 'changed', 'listed'],
  releasing: ['failed'],
  backingOff: failure,
  failed: [...failure, 100, ...failure, 200, ...failure],
};

/** For each state, what each event leads to; an event that is not named leaves the state as it is. */
const decisions: Record<string, Partial<Record<EventName, string>>> = {
  opening: { opened: 'listing', failed: 'releasing', lost: 'releasing', stop: 'releasing' },
  listing: { listed: 'ready.listed', failed: 'releasing', lost: 'releasing', stop: 'releasing' },
  'ready.listed': { changed: 'ready.refreshing', lost: 'releasing', stop: 'releasing' },
  'ready.settling': { lost: 'releasing', stop: 'releasing' },
  'ready.refreshing': {
    listed: 'ready.settling',
    failed: 'ready.settling',
    lost: 'releasing',
    stop: 'releasing',
  },
  releasing: { released: 'backingOff' },
  backingOff: { reconnect: 'opening', stop: 'closed' },
  failed: { reconnect: 'opening', stop: 'closed' },
};

/** What each state becomes when its own time is over. */
const timeouts: Record<string, readonly [afterMs: number, state: string]> = {
  opening: [timings.handshakeTimeoutMs, 'releasing'],
  listing: [timings.listTimeoutMs, 'releasing'],
  'ready.refreshing': [timings.listTimeoutMs, 'ready.settling'],
  'ready.settling': [timings.relistDelayMs, 'ready.listed'],
  backingOff: [100, 'opening'],
};

function reach(state: string) {
  const server = startServer();
  for (const step of paths[state] ?? []) {
    if (typeof step === 'number') server.clock.increment(step);
    else server.send(events[step]);
  }
  expect(server.value()).toBe(state);
  return server;
}

describe('the chart of an MCP server', () => {
  for (const state of Object.keys(paths)) {
    test.each(names)(`decides ${state} × %s`, (name) => {
      const server = reach(state);
      server.send(events[name]);
      expect(server.value()).toBe(decisions[state]?.[name] ?? state);
    });

    test(`${state} ends by itself only at its own time`, () => {
      const server = reach(state);
      const [afterMs, next] = timeouts[state] ?? [1_000_000, state];
      server.clock.increment(afterMs - 1);
      expect(server.value()).toBe(state);
      server.clock.increment(1);
      expect(server.value()).toBe(next);
    });
  }

  test('releases what it has opened before it opens again, and waits longer each time', () => {
    const server = reach('failed');
    expect(server.log).toEqual(['open', 'release', 'open', 'release', 'open', 'release']);
    expect([server.has('given_up'), server.context().error]).toEqual([true, error]);
  });

  test.each([
    ['tries are left', ['failed']],
    ['none is left', [...failure, 100, ...failure, 200, 'failed']],
  ] as const)(
    'asked to reconnect while it releases and %s, it opens once released, and forgets its failures',
    (_, steps) => {
      const server = startServer();
      for (const step of steps) {
        if (typeof step === 'number') server.clock.increment(step);
        else server.send(events[step]);
      }
      expect(server.value()).toBe('releasing');
      server.send(events.reconnect);
      expect(server.value()).toBe('releasing');
      server.send(events.released);
      expect([server.value(), server.context().failures]).toEqual(['opening', 0]);
      server.send(events.failed);
      server.send(events.released);
      expect(server.value()).toBe('backingOff');
    },
  );

  test('asked to reconnect and to stop while it releases, it stops', () => {
    const server = reach('releasing');
    server.send(events.reconnect);
    server.send(events.stop);
    server.send(events.released);
    expect(server.value()).toBe('closed');
  });

  test('forgives its failures once it has been usable for long, and not before', () => {
    const server = startServer();
    server.send(events.failed);
    server.send(events.released);
    server.clock.increment(100);
    server.send(events.opened);
    server.send(events.listed);
    server.clock.increment(timings.stableMs - 1);
    expect(server.context().failures).toBe(1);
    server.clock.increment(1);
    expect(server.context().failures).toBe(0);
  });

  test.each([
    ['listing', 'listed'],
    ['ready.refreshing', 'listed'],
    ['ready.refreshing', 'failed'],
  ] as const)('reads the list again that has changed while it was %s and then %s', (state, end) => {
    const server = reach(state);
    const lists = server.log.filter((one) => one === 'list').length;
    server.send(events.changed);
    server.send(events[end]);
    server.clock.increment(timings.relistDelayMs);
    expect(server.value()).toBe('ready.refreshing');
    expect(server.log.filter((one) => one === 'list').length).toBe(lists + 1);
  });

  test('asks a server that tells of a change with each list once a pause, and a quiet one at once', () => {
    const server = reach('ready.listed');
    const lists = () => server.log.filter((one) => one === 'list').length;
    server.send(events.changed);
    expect(lists()).toBe(2);
    for (let round = 1; round <= 3; round += 1) {
      server.send(events.changed);
      server.send(events.listed);
      server.send(events.changed);
      server.clock.increment(timings.relistDelayMs - 1);
      expect(lists()).toBe(1 + round);
      server.clock.increment(1);
      expect(lists()).toBe(2 + round);
    }
  });

  test('asked to stop while it releases, it does not connect again', () => {
    const server = reach('releasing');
    server.send(events.stop);
    server.send(events.released);
    expect([server.value(), server.active()]).toEqual(['closed', false]);
  });

  test('whatever happens, it has exactly one of its tags, and can be stopped with nothing left open', () => {
    const step = fc.oneof(fc.constantFrom(...names), fc.integer({ min: 1, max: 40_000 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const server = startServer();
        for (const one of steps) {
          if (!server.active()) break;
          if (typeof one === 'number') server.clock.increment(one);
          else server.send(events[one]);
          const tags = (['usable', 'awaited', 'given_up', 'ended'] as const).filter((tag) => server.has(tag));
          expect(tags).toHaveLength(1);
        }
        if (server.active()) server.send(events.stop);
        if (server.active()) server.send(events.released);
        expect([server.value(), server.active()]).toEqual(['closed', false]);
        const opened = server.log.filter((one) => one === 'open').length;
        expect(server.log.filter((one) => one === 'release').length).toBe(opened);
      }),
    );
  });
});
