import { describe, expect, it } from 'vitest';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import {
  countChildren,
  startChild,
  startTemplateChild,
  terminateChild,
} from '../../src/supervisor/supervisor-client.ts';
import { simpleOneForOne, supervisor } from '../../src/supervisor/supervisor-flags.ts';
import { SystemStartError } from '../../src/supervisor/system-errors.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { Stage } from './stage.ts';

describe('starting', () => {
  it('goes left to right, each child ready before the next [otp-order-of-children]', async () => {
    const stage = new Stage();
    await stage.start({ children: ['a', 'b', 'c'].map((id) => stage.child(id)) });
    expect(stage.takeLog()).toBe('+a +b +c');
    await stage.system.stop();
    expect(stage.takeLog()).toBe('-c shutdown -b shutdown -a shutdown');
  });

  it('an empty supervisor starts, and stops with shutdown [otp-start-normal]', async () => {
    const system = await ActorSystem.start();
    expect(await system.stop()).toBe('shutdown');
  });

  it('waits for an asynchronous init before the next child starts [otp-start-acknowledged]', async () => {
    const stage = new Stage();
    let ready = (): void => {};
    const slow = childSpec({
      id: 'slow',
      actor: {
        init: () =>
          new Promise<{ receive(): void }>((resolve) => {
            ready = () => resolve({ receive() {} });
          }),
      },
    });
    const starting = stage.start({ children: [slow, stage.child('after')] });
    await stage.clock.settle();
    expect(stage.takeLog()).toBe('');
    ready();
    await starting;
    expect(stage.takeLog()).toBe('+after');
    await stage.system.stop();
  });

  it('a child that declines keeps its spec, a temporary one does not [otp-start-ignore]', async () => {
    const stage = new Stage();
    const system = await stage.start({
      children: [
        stage.child('kept', { starts: ['ignore'] }),
        stage.child('gone', { starts: ['ignore'], restart: 'temporary' }),
        stage.child('b'),
      ],
    });
    expect(await stage.children()).toBe('kept? b');
    expect(await countChildren(system, 'app')).toEqual({ specs: 2, active: 1, supervisors: 0, workers: 2 });
    await system.stop();
  });

  it('a failing child stops those before it, right to left, and fails the supervisor [otp-start-fail]', async () => {
    const stage = new Stage();
    const children = [
      stage.child('a'),
      stage.child('b'),
      stage.child('c', { starts: ['fail'] }),
      stage.child('d'),
    ];
    const failure = await stage.start({ children }).catch((error: unknown) => error);
    expect(stage.takeLog()).toBe('+a +b !c -b shutdown -a shutdown');
    expect(stage.takeReports()).toBe('start_error(c,c failed)');
    if (!(failure instanceof SystemStartError)) throw failure;
    expect(failure.reason).toEqual({ shutdown: { failedToStartChild: 'c', reason: { error: 'c failed' } } });
    expect(failure.code).toBe('start_failed');
    expect(failure.message).toContain('"c"');
  });

  it('a start that takes longer than startTimeoutMs is a start error, and its actor is told to give up', async () => {
    const clock = new SimulatedClock();
    let aborted = false;
    const never = childSpec({
      id: 'never',
      startTimeoutMs: 1_000,
      actor: {
        init: (context) =>
          new Promise<never>(() => {
            context.signal.addEventListener('abort', () => {
              aborted = true;
            });
          }),
      },
    });
    const starting = ActorSystem.start({ clock, children: [never] }).catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await starting).toBeInstanceOf(SystemStartError);
    expect(aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('stopping', () => {
  it('asks one after the other, each after the last has ended [otp-stop-sequential]', async () => {
    const stage = new Stage();
    const hangs = stage.child('hangs', { shutdown: 1_000, onStop: 'hang' });
    const system = await stage.start({ children: [stage.child('a'), hangs, stage.child('c')] });
    stage.takeLog();
    const stopping = system.stop();
    await stage.clock.settle();
    expect(stage.takeLog()).toBe('-c shutdown');
    await stage.clock.advance(1_000);
    expect(stage.takeLog()).toBe('-hangs killed -a shutdown');
    expect(await stopping).toBe('shutdown');
  });

  it('kills who does not end in its time, and reports it as killed [otp-stop-timeout]', async () => {
    const stage = new Stage();
    await stage.start({ children: [stage.child('a', { shutdown: 1_000, onStop: 'hang' })] });
    stage.takeLog();
    const stopping = stage.system.stop();
    await stage.clock.advance(999);
    expect(stage.takeLog()).toBe('');
    await stage.clock.advance(1);
    await stopping;
    expect(stage.takeLog()).toBe('-a killed');
    expect(stage.takeReports()).toBe('shutdown_error(a,killed)');
  });

  it('waits without limit for infinity, workers and supervisors alike [otp-stop-infinity]', async () => {
    const stage = new Stage();
    let end = (): void => {};
    const patient = childSpec({
      id: 'patient',
      shutdown: 'infinity',
      actor: {
        init: () => ({
          receive() {},
          terminate: () =>
            new Promise<void>((resolve) => {
              end = resolve;
            }),
        }),
      },
    });
    const system = await stage.start({
      children: [childSpec({ id: 'inner', supervisor: { children: [patient] } })],
    });
    const stopping = system.stop();
    await stage.clock.advance(10_000_000);
    end();
    expect(await stopping).toBe('shutdown');
    expect(stage.takeReports()).toBe('');
  });

  it('brutal_kill asks nobody [otp-stop-brutal-kill]', async () => {
    const stage = new Stage();
    const system = await stage.start({
      children: [stage.child('a', { shutdown: 'brutal_kill', onStop: 'hang' })],
    });
    stage.takeLog();
    await system.stop();
    expect(stage.takeLog()).toBe('-a killed');
    expect(stage.takeReports()).toBe('');
  });

  it('takes the end of a child that died by itself as its stop [otp-stop-race]', async () => {
    const stage = new Stage();
    const system = await stage.start({
      children: [stage.child('a'), stage.child('b', { restart: 'transient' })],
    });
    stage.takeLog();
    system.cast('a', { type: 'end', reason: { error: 'late' } });
    system.cast('b', { type: 'end', reason: 'normal' });
    expect(await system.stop()).toBe('shutdown');
    expect(stage.live).toEqual(
      new Map([
        ['a', 0],
        ['b', 0],
      ]),
    );
  });

  it('reports a permanent child that ends with normal instead of shutdown, but not a transient one [otp-shutdown-error]', async () => {
    const stage = new Stage();
    const system = await stage.start({
      children: [
        stage.child('a', { onStop: { exit: 'normal' } }),
        stage.child('b', { onStop: { exit: 'normal' }, restart: 'transient' }),
        stage.child('c', { onStop: { exit: { error: 'oops' } }, restart: 'temporary' }),
      ],
    });
    await system.stop();
    expect(stage.takeReports()).toBe('shutdown_error(c,oops) shutdown_error(a,normal)');
  });

  it('a nested supervisor stops its own children first [otp-stop-nested]', async () => {
    const stage = new Stage();
    const inner = supervisor({ children: [stage.child('x'), stage.child('y')] });
    await stage.start({
      children: [stage.child('a'), childSpec({ id: 'inner', supervisor: inner }), stage.child('b')],
    });
    stage.takeLog();
    await stage.system.stop();
    expect(stage.takeLog()).toBe('-b shutdown -y shutdown -x shutdown -a shutdown');
  });

  it('a supervisor that waits for a hanging child handles nothing else meanwhile [otp-busy]', async () => {
    const stage = new Stage();
    const system = await stage.start({
      children: [stage.child('a', { shutdown: 500, onStop: 'hang' }), stage.child('b')],
    });
    const order: string[] = [];
    const stopped = terminateChild(system, 'app', 'a').then(() => order.push('stopped'));
    const started = startChild(system, 'app', stage.child('c')).then(() => order.push('started'));
    await stage.clock.settle();
    expect(order).toEqual([]);
    await stage.clock.advance(500);
    await Promise.all([stopped, started]);
    expect(order).toEqual(['stopped', 'started']);
    await system.stop();
  });
});

describe('template supervisors', () => {
  it('stop all children at once, in one time, and report by reason [otp-simple-shutdown]', async () => {
    const stage = new Stage();
    const template = stage.child('dyn', { shutdown: 1_000, onStop: 'hang' });
    const system = await stage.start({
      children: [childSpec({ id: 'pool', supervisor: simpleOneForOne({ template }) })],
    });
    for (let n = 0; n < 3; n += 1) {
      await startTemplateChild(system, 'pool', n);
    }
    stage.takeLog();
    const stopping = system.stop();
    await stage.clock.advance(1_000);
    await stopping;
    expect(stage.takeLog()).toBe('-dyn killed -dyn killed -dyn killed');
    expect(stage.takeReports()).toBe('shutdown_error(dyn,killed)x3');
  });
});
