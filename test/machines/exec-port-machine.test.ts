import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import {
  defaultPortTimings,
  execPortMachine,
  type PortMachineEvent,
  type PortState,
} from '../../src/machines/exec-port-machine.ts';

/** The chart with effects that only take notes. */
function startPort() {
  const effects: string[] = [];
  const clock = new SimulatedClock();
  const note = (name: string) => () => {
    effects.push(name);
  };
  const machine = execPortMachine.provide({
    actions: {
      spawnProcess: note('spawnProcess'),
      beginHandshake: note('beginHandshake'),
      announceReady: note('announceReady'),
      endStdin: note('endStdin'),
      terminateProcess: note('terminateProcess'),
      killProcess: note('killProcess'),
    },
  });
  const actor = createActor(machine, { clock, input: { timings: defaultPortTimings } });
  actor.start();
  const happen = (cause: Cause) => {
    // An ended port takes no events; XState would print a warning for each.
    if (actor.getSnapshot().status !== 'active') return;
    if (cause === 'time') clock.increment(waits[state()]);
    else actor.send(events[cause]);
  };
  const state = (): PortState => actor.getSnapshot().value;
  return { actor, clock, effects, happen, state, output: () => actor.getSnapshot().output };
}

const events = {
  'process.spawned': { type: 'process.spawned', pid: 7 },
  'process.spawnFailed': { type: 'process.spawnFailed', error: 'ENOENT' },
  'process.exited': { type: 'process.exited', exit: { exitCode: 3, signal: null } },
  'handshake.completed': { type: 'handshake.completed' },
  'handshake.failed': { type: 'handshake.failed', error: 'refused' },
  'port.stop': { type: 'port.stop' },
  'port.kill': { type: 'port.kill' },
} as const satisfies { [Type in PortMachineEvent['type']]: Extract<PortMachineEvent, { type: Type }> };

/** How long each state waits at most; the others wait for ever. */
const { handshakeTimeoutMs, stdinGraceMs, termGraceMs, killGraceMs } = defaultPortTimings;
const waits: Record<PortState, number> = {
  spawning: handshakeTimeoutMs,
  handshaking: handshakeTimeoutMs,
  ready: 1_000_000,
  endingStdin: stdinGraceMs,
  terminating: termGraceMs,
  killing: killGraceMs,
  stopped: 1_000_000,
};

/** What can happen: an event, or that the wait of the state passes. */
type Cause = keyof typeof events | 'time';
const causes: readonly Cause[] = [
  'process.spawned',
  'process.spawnFailed',
  'process.exited',
  'handshake.completed',
  'handshake.failed',
  'port.stop',
  'port.kill',
  'time',
];

const paths: Record<PortState, readonly Cause[]> = {
  spawning: [],
  handshaking: ['process.spawned'],
  ready: ['process.spawned', 'handshake.completed'],
  endingStdin: ['process.spawned', 'handshake.completed', 'port.stop'],
  terminating: ['process.spawned', 'handshake.completed', 'port.stop', 'time'],
  killing: ['port.kill'],
  stopped: ['process.exited'],
};

/** For each state, what each cause leads to; a cause that is not named leaves the state as it is. */
const decisions: Record<PortState, Partial<Record<Cause, PortState>>> = {
  spawning: {
    'process.spawned': 'handshaking',
    'process.spawnFailed': 'stopped',
    'process.exited': 'stopped',
    'port.stop': 'endingStdin',
    'port.kill': 'killing',
    time: 'killing',
  },
  handshaking: {
    'process.spawnFailed': 'stopped',
    'process.exited': 'stopped',
    'handshake.completed': 'ready',
    'handshake.failed': 'killing',
    'port.stop': 'endingStdin',
    'port.kill': 'killing',
    time: 'killing',
  },
  ready: {
    'process.spawnFailed': 'stopped',
    'process.exited': 'stopped',
    'port.stop': 'endingStdin',
    'port.kill': 'killing',
  },
  endingStdin: {
    'process.spawnFailed': 'stopped',
    'process.exited': 'stopped',
    'port.kill': 'killing',
    time: 'terminating',
  },
  terminating: {
    'process.spawnFailed': 'stopped',
    'process.exited': 'stopped',
    'port.kill': 'killing',
    time: 'killing',
  },
  killing: { 'process.spawnFailed': 'stopped', 'process.exited': 'stopped', time: 'stopped' },
  stopped: {},
};

function portIn(state: PortState) {
  const port = startPort();
  for (const cause of paths[state]) port.happen(cause);
  expect(port.state()).toBe(state);
  return port;
}

const states: readonly PortState[] = [
  'spawning',
  'handshaking',
  'ready',
  'endingStdin',
  'terminating',
  'killing',
  'stopped',
];

describe('the life of a port', () => {
  test.each(states.flatMap((state) => causes.map((cause) => [state, cause] as const)))(
    'in %s, %s is decided',
    (state, cause) => {
      const port = portIn(state);
      port.happen(cause);
      expect(port.state()).toBe(decisions[state][cause] ?? state);
    },
  );

  test('a stop goes step by step: end of stdin, SIGTERM, SIGKILL, and gives up at last', () => {
    const port = portIn('ready');
    port.happen('port.stop');
    const seen: PortState[] = [port.state()];
    for (const wait of ['stdinGraceMs', 'termGraceMs', 'killGraceMs'] as const) {
      port.clock.increment(defaultPortTimings[wait] - 1);
      expect(port.state()).toBe(seen.at(-1));
      port.clock.increment(1);
      seen.push(port.state());
    }
    expect(seen).toEqual(['endingStdin', 'terminating', 'killing', 'stopped']);
    expect(port.effects.slice(-3)).toEqual(['endStdin', 'terminateProcess', 'killProcess']);
    expect(port.output()).toEqual({ fault: null, exit: null });
  });

  test('the handshake has one deadline, after which the process is killed', () => {
    const port = portIn('handshaking');
    port.clock.increment(defaultPortTimings.handshakeTimeoutMs);
    expect(port.effects).toEqual(['spawnProcess', 'beginHandshake', 'killProcess']);
    port.happen('process.exited');
    expect(port.output()).toEqual({
      fault: { type: 'handshake_timeout' },
      exit: { exitCode: 3, signal: null },
    });
  });

  test('a death that nobody asked for is a fault; one that was asked for is none', () => {
    for (const [state, fault] of [
      ['spawning', { type: 'died', ready: false }],
      ['handshaking', { type: 'died', ready: false }],
      ['ready', { type: 'died', ready: true }],
      ['endingStdin', null],
      ['terminating', null],
      ['killing', null],
    ] as const) {
      const port = portIn(state);
      port.happen('process.exited');
      expect(port.output()).toEqual({ fault, exit: { exitCode: 3, signal: null } });
    }
  });

  test('the first fault is kept: what follows from it is not the cause', () => {
    const port = portIn('handshaking');
    port.happen('handshake.failed');
    port.happen('process.exited');
    expect(port.output()?.fault).toEqual({ type: 'handshake_failed', error: 'refused' });
  });

  test('a second kill sends the signal again and waits no longer', () => {
    const port = portIn('killing');
    port.clock.increment(defaultPortTimings.killGraceMs - 1);
    port.happen('port.kill');
    expect(port.effects.filter((effect) => effect === 'killProcess')).toHaveLength(2);
    port.clock.increment(1);
    expect(port.state()).toBe('stopped');
  });

  test('whatever happens, no step is taken twice or backwards, and each life ends', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...causes), { maxLength: 12 }), (script) => {
        const port = startPort();
        let reached = 0;
        for (const cause of script) {
          port.happen(cause);
          const now = states.indexOf(port.state());
          expect(now).toBeGreaterThanOrEqual(reached);
          reached = now;
        }
        port.happen('port.stop');
        for (let step = 0; step < 3; step += 1) port.happen('time');
        expect(port.state()).toBe('stopped');
        const once = port.effects.filter((effect) => effect !== 'killProcess');
        expect(new Set(once).size).toBe(once.length);
      }),
    );
  });
});
