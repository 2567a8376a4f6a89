import { describe, expect, it } from 'vitest';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import type { ExitReason } from '../../src/supervisor/exit-reason.ts';
import type { RestartType } from '../../src/supervisor/restart-decision.ts';
import { decideRestart, isExpectedStop } from '../../src/supervisor/restart-decision.ts';
import { recordRestart } from '../../src/supervisor/restart-intensity.ts';
import { startChild, terminateChild } from '../../src/supervisor/supervisor-client.ts';
import { supervisor } from '../../src/supervisor/supervisor-flags.ts';
import { Stage } from './stage.ts';

const crash: ExitReason = { error: 'crash' };
const orderly: ExitReason[] = ['normal', 'shutdown', { shutdown: 'why' }];

describe('which ends are followed by a restart', () => {
  const cases: [RestartType, string, ExitReason, string][] = [
    ...orderly.map((reason): [RestartType, string, ExitReason, string] => [
      'permanent',
      'orderly',
      reason,
      'a',
    ]),
    ['permanent', 'abnormal', crash, 'a'],
    ['transient', 'normal', 'normal', 'a?'],
    ['transient', 'shutdown', 'shutdown', 'a?'],
    ['transient', 'shutdown with a detail', { shutdown: 'why' }, 'a?'],
    ['transient', 'abnormal', crash, 'a'],
    ['temporary', 'normal', 'normal', ''],
    ['temporary', 'shutdown', 'shutdown', ''],
    ['temporary', 'abnormal', crash, ''],
  ];
  it.each(cases)('a %s child that ends %s [otp-restart-types]', async (restart, _how, reason, after) => {
    const stage = new Stage();
    await stage.start({ children: [stage.child('a', { restart })] });
    await stage.end('a', reason);
    expect(await stage.children()).toBe(after);
    expect(stage.live.get('a')).toBe(after === 'a' ? 1 : 0);
    await stage.system.stop();
  });

  it('every end of a permanent child is reported, of others only abnormal ones [otp-child-terminated]', () => {
    const reported = (restart: RestartType): boolean[] =>
      [...orderly, crash, 'killed' as const].map((reason) => decideRestart(restart, reason).report);
    expect(reported('permanent')).toEqual([true, true, true, true, true]);
    expect(reported('transient')).toEqual([false, false, false, true, true]);
    expect(reported('temporary')).toEqual([false, false, false, true, true]);
  });
});

describe('which siblings restart too', () => {
  const children = (stage: Stage) => ['a', 'b', 'c'].map((id) => stage.child(id));

  it('one_for_one restarts the crashed child alone [otp-one-for-one]', async () => {
    const stage = new Stage();
    await stage.start({ strategy: 'one_for_one', children: children(stage) });
    stage.takeLog();
    await stage.end('b');
    expect(stage.takeLog()).toBe('-b crash +b');
    await stage.system.stop();
  });

  it('one_for_all stops the others right to left and starts all left to right [otp-one-for-all]', async () => {
    const stage = new Stage();
    await stage.start({ strategy: 'one_for_all', children: children(stage) });
    stage.takeLog();
    await stage.end('b');
    expect(stage.takeLog()).toBe('-b crash -c shutdown -a shutdown +a +b +c');
    await stage.system.stop();
  });

  it('rest_for_one restarts the crashed child and those after it [otp-rest-for-one]', async () => {
    const stage = new Stage();
    await stage.start({ strategy: 'rest_for_one', children: children(stage) });
    stage.takeLog();
    await stage.end('b');
    expect(stage.takeLog()).toBe('-b crash -c shutdown +b +c');
    await stage.system.stop();
  });

  it('a group restart starts children at rest again and forgets temporary ones [otp-temporary-bystander]', async () => {
    const stage = new Stage();
    const resting = stage.child('rests', { restart: 'transient' });
    await stage.start({
      strategy: 'one_for_all',
      children: [resting, stage.child('brief', { restart: 'temporary' }), stage.child('a')],
    });
    await stage.end('rests', 'normal');
    stage.takeLog();
    await stage.end('a');
    expect(stage.takeLog()).toBe('-a crash -brief shutdown +rests +a');
    expect(await stage.children()).toBe('rests a');
    await stage.system.stop();
  });

  it('two crashes before the supervisor hears of either are one group restart [otp-consumed-exit]', async () => {
    const stage = new Stage();
    await stage.start({ strategy: 'one_for_all', maxRestarts: 1, children: children(stage) });
    stage.takeLog();
    await stage.endTogether(['app/a', 'app/c']);
    expect(stage.takeLog()).toBe('-a crash -c crash -b shutdown +a +b +c');
    expect(stage.takeReports()).toBe('child_terminated(a,crash) shutdown_error(c,crash)');
    await stage.system.stop();
  });
});

describe('a restart that fails', () => {
  it('is tried again at once, and every attempt counts [otp-retry-counts]', async () => {
    const stage = new Stage();
    const stubborn = stage.child('a', { starts: ['ok', 'fail', 'fail', 'fail'] });
    const system = await stage.start({ maxRestarts: 2, children: [stubborn, stage.child('b')] });
    stage.takeLog();
    await stage.end('a');
    expect(stage.takeLog()).toBe('-a crash !a !a -b shutdown');
    expect(await system.done).toBe('shutdown');
    expect(stage.takeReports()).toBe(
      'child_terminated(a,crash) start_error(a,a failed) start_error(a,a failed) shutdown(a,reached_max_restart_intensity)',
    );
  });

  it('under one_for_all stops what has restarted already, and starts all again [otp-one-for-all-other-fails]', async () => {
    const stage = new Stage();
    const children = [stage.child('a'), stage.child('b', { starts: ['ok', 'fail'] })];
    await stage.start({ strategy: 'one_for_all', children });
    stage.takeLog();
    await stage.end('a');
    expect(stage.takeLog()).toBe('-a crash -b shutdown +a !b -a shutdown +a +b');
    await stage.system.stop();
  });

  it('under rest_for_one goes on from the child that failed [otp-rest-for-one-other-fails]', async () => {
    const stage = new Stage();
    const children = [stage.child('a'), stage.child('b', { starts: ['ok', 'fail'] }), stage.child('c')];
    await stage.start({ strategy: 'rest_for_one', children });
    stage.takeLog();
    await stage.end('a');
    expect(stage.takeLog()).toBe('-a crash -c shutdown -b shutdown +a !b +b +c');
    await stage.system.stop();
  });

  it('leaves the supervisor responsive, and terminateChild ends it [otp-hanging-restart-loop]', async () => {
    const stage = new Stage();
    const doomed = stage.child('a', { starts: ['ok', ...Array<'fail'>(10_000).fill('fail')] });
    const system = await stage.start({ maxRestarts: 20_000, children: [doomed] });
    system.cast('a', { type: 'end', reason: crash });
    await stage.logged('!a');
    expect(await stage.children()).toBe('a*');
    expect(await terminateChild(system, 'app', 'a')).toEqual({ ok: true });
    expect(await stage.children()).toBe('a?');
    stage.takeLog();
    await stage.clock.settle();
    expect(stage.takeLog()).toBe('');
    await system.stop();
  });
});

describe('the restart limit', () => {
  it.each([0, 1, 2, 5])(
    '%i restarts are allowed and the next ends the supervisor with shutdown [otp-intensity]',
    async (maxRestarts) => {
      const stage = new Stage();
      const system = await stage.start({ maxRestarts, children: [stage.child('a'), stage.child('b')] });
      for (let restart = 0; restart < maxRestarts; restart += 1) await stage.end('a');
      expect(stage.live.get('a')).toBe(1);
      stage.takeLog();
      await stage.end('b');
      expect(await system.done).toBe('shutdown');
      expect(stage.takeLog()).toBe('-b crash -a shutdown');
    },
  );

  it('is asked before any sibling is touched [otp-intensity-first]', async () => {
    const stage = new Stage();
    const system = await stage.start({
      strategy: 'one_for_all',
      maxRestarts: 0,
      children: [stage.child('a'), stage.child('b')],
    });
    stage.takeLog();
    await stage.end('a');
    expect(stage.takeLog()).toBe('-a crash -b shutdown');
    expect(await system.done).toBe('shutdown');
  });

  it('counts a group restart once [otp-intensity-group]', async () => {
    const stage = new Stage();
    await stage.start({
      strategy: 'one_for_all',
      maxRestarts: 2,
      children: ['a', 'b', 'c'].map((id) => stage.child(id)),
    });
    await stage.end('a');
    await stage.end('b');
    expect(await stage.children()).toBe('a b c');
    await stage.system.stop();
  });

  it('forgets restarts that are older than the window [otp-multiple-restarts]', async () => {
    const stage = new Stage();
    await stage.start({ maxRestarts: 1, maxSeconds: 1, children: [stage.child('a')] });
    for (let crashes = 0; crashes < 5; crashes += 1) {
      await stage.end('a');
      await stage.clock.advance(1_001);
    }
    expect(stage.live.get('a')).toBe(1);
    await stage.system.stop();
  });

  it('includes both ends of the window [otp-window-inclusive]', () => {
    const limit = { maxRestarts: 1, windowMs: 1_000 };
    const { restarts } = recordRestart([], 0, limit);
    expect(recordRestart(restarts, 1_000, limit).exceeded).toBe(true);
    expect(recordRestart(restarts, 1_000.5, limit).exceeded).toBe(false);
  });

  it('keeps no more of the history than it needs', () => {
    let restarts: readonly number[] = [];
    for (let now = 0; now < 50; now += 1)
      ({ restarts } = recordRestart(restarts, now, { maxRestarts: 3, windowMs: 1_000 }));
    expect(restarts).toEqual([46, 47, 48, 49]);
  });

  it('of a nested supervisor escalates to its parent, which rebuilds its static children [otp-escalation]', async () => {
    const stage = new Stage();
    const inner = supervisor({ maxRestarts: 0, children: [stage.child('x'), stage.child('y')] });
    const system = await stage.start({
      children: [stage.child('a'), childSpec({ id: 'inner', supervisor: inner })],
    });
    await startChild(system, 'app/inner', stage.child('added'));
    stage.takeLog();
    await stage.end('app/inner/x');
    expect(stage.takeLog()).toBe('-x crash -added shutdown -y shutdown +x +y');
    expect(await stage.children('app/inner')).toBe('x y');
    expect(stage.live.get('a')).toBe(1);
    await system.stop();
  });
});

it('a stop is as expected when it ends as asked, or orderly where the child need not run for ever [otp-expected-stop]', () => {
  const expected = (restart: RestartType, shutdown: 'brutal_kill' | 5_000): string =>
    (['normal', 'shutdown', { shutdown: 1 }, 'killed', crash, 'noproc'] as const)
      .filter((reason) => isExpectedStop(restart, shutdown, reason))
      .map((reason) => (typeof reason === 'string' ? reason : 'detail'))
      .join(' ');
  expect(expected('permanent', 5_000)).toBe('shutdown');
  expect(expected('transient', 5_000)).toBe('normal shutdown detail');
  expect(expected('temporary', 5_000)).toBe('normal shutdown detail');
  expect(expected('permanent', 'brutal_kill')).toBe('killed');
  expect(expected('transient', 'brutal_kill')).toBe('normal shutdown detail killed');
});
