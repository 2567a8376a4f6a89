import { describe, expect, it } from 'vitest';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { InvalidOptionError } from '../../src/supervisor/invalid-option.ts';
import { Process } from '../../src/supervisor/process.ts';
import {
  countChildren,
  deleteChild,
  getChildSpec,
  restartChild,
  startChild,
  terminateChild,
  updateSpecs,
  whichChildren,
} from '../../src/supervisor/supervisor-client.ts';
import { dynamicSupervisor, supervisor } from '../../src/supervisor/supervisor-flags.ts';
import { Stage } from './stage.ts';

describe('startChild', () => {
  it('puts the child last in the start order and answers with its pid [otp-child-adm]', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    const started = await startChild(system, 'app', stage.child('b'));
    expect(started).toEqual({ ok: true, pid: system.whereis('b') });
    expect(await stage.children()).toBe('a b');
    await system.stop();
    expect(stage.takeLog()).toBe('+a +b -b shutdown -a shutdown');
  });

  it('answers already_started with the pid of a running child, already_present for one at rest [otp-child-adm]', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    const pid = system.whereis('a');
    expect(await startChild(system, 'app', stage.child('a'))).toEqual({
      ok: false,
      error: 'already_started',
      pid,
    });
    await terminateChild(system, 'app', 'a');
    expect(await startChild(system, 'app', stage.child('a'))).toEqual({
      ok: false,
      error: 'already_present',
    });
    await system.stop();
  });

  it('keeps nothing of a child that fails to start [otp-start-child-error]', async () => {
    const stage = new Stage();
    const system = await stage.start({});
    const failed = await startChild(system, 'app', stage.child('a', { starts: ['fail'] }));
    expect(failed).toEqual({ ok: false, error: 'start_error', reason: { error: 'a failed' } });
    expect(await stage.children()).toBe('');
    expect(stage.takeReports()).toBe('');
    await system.stop();
  });

  it('keeps the spec of a child that declines, unless it is temporary [otp-start-child-ignore]', async () => {
    const stage = new Stage();
    const system = await stage.start({});
    const declines = { starts: ['ignore' as const] };
    expect(await startChild(system, 'app', stage.child('a', declines))).toEqual({ ok: true, pid: undefined });
    await startChild(system, 'app', stage.child('b', { ...declines, restart: 'temporary' }));
    expect(await stage.children()).toBe('a?');
    await system.stop();
  });

  it('rejects a spec that does not fit the supervisor, which lives on', async () => {
    const stage = new Stage();
    const system = await stage.start({});
    const significant = stage.child('a', { restart: 'transient', significant: true });
    await expect(startChild(system, 'app', significant)).rejects.toBeInstanceOf(InvalidOptionError);
    expect(await stage.children()).toBe('');
    await system.stop();
  });

  it('rejects with noproc where there is no supervisor [otp-child-adm]', async () => {
    const stage = new Stage();
    const system = await stage.start({});
    await expect(startChild(system, 'app/nobody', stage.child('a'))).rejects.toMatchObject({
      code: 'noproc',
    });
    await system.stop();
  });
});

describe('the other calls', () => {
  it('terminateChild stops a child and keeps its spec, unless it is temporary [otp-child-adm]', async () => {
    const stage = new Stage();
    const system = await stage.start({
      children: [stage.child('a'), stage.child('b', { restart: 'temporary' })],
    });
    expect(await terminateChild(system, 'app', 'a')).toEqual({ ok: true });
    expect(await terminateChild(system, 'app', 'a')).toEqual({ ok: true });
    expect(await terminateChild(system, 'app', 'b')).toEqual({ ok: true });
    expect(await terminateChild(system, 'app', 'b')).toEqual({ ok: false, error: 'not_found' });
    expect(await stage.children()).toBe('a?');
    await system.stop();
  });

  it('terminateChild knows a named child by its id alone, not by its pid [otp-child-adm]', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    const pid = system.whereis('a');
    if (pid === undefined) throw new Error('a does not run');
    expect(await terminateChild(system, 'app', pid)).toEqual({ ok: false, error: 'not_found' });
    await system.stop();
  });

  it('terminateChild counts neither for the restart limit nor for auto-shutdown [otp-terminate-uncounted]', async () => {
    const stage = new Stage();
    const a = stage.child('a', { restart: 'transient', significant: true });
    const system = await stage.start({ maxRestarts: 0, autoShutdown: 'any_significant', children: [a] });
    await terminateChild(system, 'app', 'a');
    await restartChild(system, 'app', 'a');
    expect(await stage.children()).toBe('a');
    await system.stop();
  });

  it('restartChild starts a child at rest, and refuses any other [otp-child-adm]', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    expect(await restartChild(system, 'app', 'a')).toEqual({ ok: false, error: 'running' });
    expect(await restartChild(system, 'app', 'z')).toEqual({ ok: false, error: 'not_found' });
    await terminateChild(system, 'app', 'a');
    expect(await restartChild(system, 'app', 'a')).toEqual({ ok: true, pid: system.whereis('a') });
    await system.stop();
  });

  it('a failing restartChild is not tried again [otp-restart-child-error]', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a', { starts: ['ok', 'fail'] })] });
    await terminateChild(system, 'app', 'a');
    const reason = { error: 'a failed' };
    expect(await restartChild(system, 'app', 'a')).toEqual({ ok: false, error: 'start_error', reason });
    await stage.clock.settle();
    expect(await stage.children()).toBe('a?');
    await system.stop();
  });

  it('while a failed restart waits, restartChild and deleteChild answer restarting, startChild already_present [otp-hanging-restart-loop]', async () => {
    const stage = new Stage();
    const doomed = stage.child('a', { starts: ['ok', ...Array<'fail'>(100).fill('fail')] });
    const system = await stage.start({ maxRestarts: 200, children: [doomed] });
    const root = system.whereis('app');
    if (!(root instanceof Process)) throw new Error('no root');
    root.suspend();
    await stage.end('a');
    const answers = Promise.all([
      restartChild(system, 'app', 'a'),
      deleteChild(system, 'app', 'a'),
      startChild(system, 'app', stage.child('a')),
      countChildren(system, 'app'),
      terminateChild(system, 'app', 'a'),
    ]);
    root.resume();
    expect(await answers).toEqual([
      { ok: false, error: 'restarting' },
      { ok: false, error: 'restarting' },
      { ok: false, error: 'already_present' },
      { specs: 1, active: 0, supervisors: 0, workers: 1 },
      { ok: true },
    ]);
    await system.stop();
  });

  it('deleteChild forgets a child at rest alone [otp-child-adm]', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    expect(await deleteChild(system, 'app', 'a')).toEqual({ ok: false, error: 'running' });
    await terminateChild(system, 'app', 'a');
    expect(await deleteChild(system, 'app', 'a')).toEqual({ ok: true });
    expect(await deleteChild(system, 'app', 'a')).toEqual({ ok: false, error: 'not_found' });
    expect(await stage.children()).toBe('');
    await system.stop();
  });

  it('whichChildren lists in reverse start order, countChildren counts by type [otp-which-children]', async () => {
    const stage = new Stage();
    const system = await stage.start({
      children: [stage.child('a'), childSpec({ id: 's', supervisor: {} })],
    });
    await startChild(system, 'app', stage.child('b'));
    await terminateChild(system, 'app', 'a');
    expect((await whichChildren(system, 'app')).map(({ id, type }) => `${id}:${type}`)).toEqual([
      'b:worker',
      's:supervisor',
      'a:worker',
    ]);
    expect(await countChildren(system, 'app')).toEqual({ specs: 3, active: 2, supervisors: 1, workers: 2 });
    await system.stop();
  });

  it('getChildSpec gives the spec with its defaults, or not_found [otp-childspec]', async () => {
    const stage = new Stage();
    const system = await stage.start({
      children: [stage.child('a'), childSpec({ id: 's', supervisor: {} })],
    });
    const spec = { restart: 'permanent', shutdown: 5_000, significant: false, type: 'worker' };
    expect(await getChildSpec(system, 'app', 'a')).toMatchObject({ ok: true, spec });
    const ofSupervisor = { type: 'supervisor', shutdown: 'infinity' };
    expect(await getChildSpec(system, 'app', 's')).toMatchObject({ ok: true, spec: ofSupervisor });
    expect(await getChildSpec(system, 'app', 'z')).toEqual({ ok: false, error: 'not_found' });
    await system.stop();
  });
});

describe('updateSpecs', () => {
  it('keeps processes, keeps what the list leaves out behind it, starts nothing [otp-code-change]', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a'), stage.child('b')] });
    const pid = system.whereis('b');
    stage.takeLog();
    const b = stage.child('b', { restart: 'temporary' });
    await updateSpecs(
      system,
      'app',
      supervisor({ strategy: 'one_for_all', children: [b, stage.child('new')] }),
    );
    expect(await stage.children()).toBe('b new? a');
    expect(system.whereis('b')).toBe(pid);
    expect(stage.takeLog()).toBe('');
    await stage.end('b', { error: 'crash' });
    expect(await stage.children()).toBe('new? a');
    await system.stop();
  });

  it('refuses flags of another kind, and the supervisor lives on [otp-code-change]', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    await expect(updateSpecs(system, 'app', dynamicSupervisor())).rejects.toMatchObject({
      code: 'invalid_option',
    });
    expect(await stage.children()).toBe('a');
    await system.stop();
  });

  it('changes auto-shutdown for later ends [otp-significant-upgrade]', async () => {
    const stage = new Stage();
    const a = stage.child('a', { restart: 'temporary', significant: true });
    const system = await stage.start({ children: [stage.child('b')] });
    await updateSpecs(
      system,
      'app',
      supervisor({ autoShutdown: 'any_significant', children: [stage.child('b')] }),
    );
    await startChild(system, 'app', a);
    await stage.end('a', 'normal');
    expect(await system.done).toBe('shutdown');
  });
});

it('a request that is none of a supervisor fails its sender and not the supervisor', async () => {
  const stage = new Stage();
  const system = await stage.start({ children: [stage.child('a')] });
  const nonsense: object = { type: 'nonsense' };
  await expect(system.call('app', nonsense)).rejects.toMatchObject({ code: 'invalid_option' });
  expect(await stage.children()).toBe('a');
  await system.stop();
});
