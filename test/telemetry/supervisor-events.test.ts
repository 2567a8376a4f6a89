import { expect, test } from 'vitest';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import type { Behaviour } from '../../src/supervisor/behaviour.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import type { SupervisorReport } from '../../src/supervisor/supervisor-report.ts';
import { SystemClock } from '../../src/supervisor/system-clock.ts';
import { SupervisorEvents, TelemetryBus, type TelemetryEvent } from '../../src/telemetry/index.ts';

const child = { id: 'port', restart: 'permanent', shutdown: 5_000, type: 'worker' } as const;

async function eventsOf(act: (events: SupervisorEvents, advance: (ms: number) => void) => void) {
  let nowMs = 0;
  const bus = new TelemetryBus({
    clock: { now: () => nowMs, setTimer: () => ({ cancelled: false }), cancelTimer: () => undefined },
    wallClock: () => 0,
    createId: () => 'id',
  });
  const seen: TelemetryEvent[] = [];
  bus.subscribe('*', (event) => seen.push(event));
  act(new SupervisorEvents(bus), (ms) => {
    nowMs += ms;
  });
  await bus.flush();
  return seen;
}

const reported = (report: SupervisorReport) =>
  eventsOf((events) => events.report({ ...report, supervisor: 'codex/ports' }));

const about = { timestampMs: 0, path: 'codex/ports', childId: 'port' };
const span = { traceId: 'id', spanId: 'id' };

test('a child that dies by itself has failed while running', async () => {
  const error = Object.assign(new Error('gone'), { code: 'port_exit' });
  expect(await reported({ context: 'child_terminated', child, reason: { error } })).toEqual([
    {
      name: 'supervisor.child_failed',
      ...about,
      during: 'run',
      error: { name: 'Error', code: 'port_exit', message: 'gone' },
    },
  ]);
});

test('a child that was killed has failed, its exit reason being the code', async () => {
  const [event] = await reported({ context: 'child_terminated', child, reason: 'killed' });
  expect(event).toMatchObject({ name: 'supervisor.child_failed', error: { name: 'Exit', code: 'killed' } });
});

test.each([
  ['normal', 'normal'],
  ['shutdown', 'shutdown'],
  [{ shutdown: 'a detail that stays inside' }, 'shutdown'],
] as const)('a permanent child that ended with %j has ended, not failed', async (reason, told) => {
  expect(await reported({ context: 'child_terminated', child, reason })).toEqual([
    { name: 'supervisor.child_ended', ...about, reason: told },
  ]);
});

test('a child that could not start, or did not stop as asked, has failed during just that', async () => {
  const [start] = await reported({ context: 'start_error', child, reason: { error: new Error('no') } });
  expect(start).toMatchObject({ name: 'supervisor.child_failed', during: 'start' });
  const [shutdown] = await reported({ context: 'shutdown_error', child, reason: 'killed' });
  expect(shutdown).toMatchObject({ name: 'supervisor.child_failed', during: 'shutdown' });
});

test('a supervisor’s life is a span from before its first child to its stop', async () => {
  const events = await eventsOf((supervisors, advance) => {
    supervisors.starting({ path: 'codex' });
    advance(30);
    supervisors.started({ path: 'codex' });
    advance(40);
    supervisors.stopping({ path: 'codex' }, 'shutdown');
    supervisors.stopping({ path: 'codex' }, 'shutdown');
  });
  expect(events).toEqual([
    { name: 'supervisor.start', timestampMs: 0, path: 'codex', span },
    { name: 'supervisor.ready', timestampMs: 0, path: 'codex', startupMs: 30 },
    { name: 'supervisor.stop', timestampMs: 0, path: 'codex', span, durationMs: 70, reason: 'shutdown' },
  ]);
});

test('a supervisor that could not start ends its span with an exception', async () => {
  const events = await eventsOf((supervisors) => {
    supervisors.starting({ path: 'codex' });
    supervisors.startFailed({ path: 'codex' }, { error: new TypeError('bad') });
  });
  expect(events.map((event) => event.name)).toEqual(['supervisor.start', 'supervisor.exception']);
  expect(events[1]).toMatchObject({ span, error: { name: 'TypeError', message: 'bad' } });
});

test('a supervisor that gives up ends its span once, with the reason for which it gave up', async () => {
  const events = await eventsOf((supervisors, advance) => {
    supervisors.starting({ path: 'codex' });
    advance(9);
    const report = { context: 'shutdown', child, reason: 'reached_max_restart_intensity' } as const;
    supervisors.report({ ...report, supervisor: 'codex' });
    supervisors.stopping({ path: 'codex' }, 'shutdown');
  });
  expect(events.map((event) => event.name)).toEqual(['supervisor.start', 'supervisor.exception']);
  expect(events[1]).toMatchObject({ durationMs: 9, span, error: { code: 'reached_max_restart_intensity' } });
});

test('messages that were lost, and what a killed actor could not release, are told of by its path', async () => {
  const events = await eventsOf((supervisors) => {
    supervisors.report({ type: 'mailbox_overflow', path: 'codex/ports/0', mailboxCapacity: 10 });
    supervisors.report({ type: 'kill_hook_failed', path: 'codex/ports/0', error: new Error('stuck') });
    supervisors.report({ type: 'inspector_failed', error: new Error('not ours') });
  });
  expect(events).toEqual([
    { name: 'actor.mailbox_overflow', timestampMs: 0, path: 'codex/ports/0', mailboxCapacity: 10 },
    {
      name: 'actor.kill_hook_failed',
      timestampMs: 0,
      path: 'codex/ports/0',
      error: { name: 'Error', message: 'stuck' },
    },
  ]);
});

test('a real tree tells of its start, of a crash, of giving up, in order', async () => {
  const bus = new TelemetryBus({ clock: new SystemClock() });
  const names: string[] = [];
  bus.subscribe('*', (event) => names.push(event.name));
  const events = new SupervisorEvents(bus);
  const crasher: Behaviour<'crash'> = {
    init: () => ({
      receive: () => {
        throw new Error('asked to');
      },
    }),
  };
  const system = await ActorSystem.start({
    name: 'tree',
    observer: events,
    onReport: (report) => events.report(report),
    maxRestarts: 0,
    children: [childSpec({ id: 'crasher', actor: crasher })],
  });
  system.cast('crasher', 'crash');
  await system.done;
  await bus.flush();
  expect(names).toEqual([
    'supervisor.start',
    'supervisor.ready',
    'supervisor.child_failed',
    'supervisor.exception',
  ]);
});
