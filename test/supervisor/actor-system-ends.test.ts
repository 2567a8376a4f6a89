import { describe, expect, it } from 'vitest';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import type { MonitorRef } from '../../src/supervisor/behaviour.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { InvalidOptionError } from '../../src/supervisor/invalid-option.ts';
import { startChild } from '../../src/supervisor/supervisor-client.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { Stage } from './stage.ts';

describe('the start of a system', () => {
  it.each([5, '', 'a/b', null])('refuses %j as its name and says what is accepted', async (name) => {
    const start: unknown = Reflect.apply(ActorSystem.start, undefined, [{ name }]);
    await expect(start).rejects.toMatchObject({ field: 'name', accepted: 'a non-empty string without "/"' });
    await expect(start).rejects.toBeInstanceOf(InvalidOptionError);
  });

  it('that fails leaves no timer behind', async () => {
    const clock = new SimulatedClock();
    const failing = childSpec({
      id: 'failing',
      actor: {
        init: async (context) => {
          await context.call('silent', {}, { timeoutMs: 50 }).catch(() => undefined);
          context.call('silent', {}, { timeoutMs: 1_000 }).catch(() => undefined);
          throw new Error('no start');
        },
      },
    });
    const silent = childSpec({ id: 'silent', actor: { init: () => ({ receive() {} }) } });
    const starting = ActorSystem.start({ clock, children: [silent, failing] });
    const outcome = expect(starting).rejects.toMatchObject({ code: 'start_failed' });
    await clock.advance(50);
    await outcome;
    expect(clock.pendingTimers).toBe(0);
  });

  it('listens to its signal no longer than it takes', async () => {
    const listeners: string[] = [];
    const controller = new AbortController();
    const { signal } = controller;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (type: string, ...rest: [never]) => {
      listeners.push(`+${type}`);
      add(type, ...rest);
    };
    signal.removeEventListener = (type: string, ...rest: [never]) => {
      listeners.push(`-${type}`);
      remove(type, ...rest);
    };
    const system = await ActorSystem.start({ signal });
    expect(listeners).toEqual(['+abort', '-abort']);
    controller.abort();
    expect(system.whereis('system')).toBeDefined();
    await system.stop();
  });
});

describe('a system', () => {
  it('shows the snapshot of an actor that has one, and nothing of the others', async () => {
    const stage = new Stage();
    const view = {
      getSnapshot: () => 'seen',
      subscribe: () => ({ unsubscribe() {} }),
      on: () => ({ unsubscribe() {} }),
    };
    const shown = childSpec({ id: 'shown', actor: { init: () => ({ receive() {}, view }) } });
    const system = await stage.start({ children: [shown, stage.child('a')] });
    expect([system.viewOf('shown')?.getSnapshot(), system.viewOf('a'), system.viewOf('nobody')]).toEqual([
      'seen',
      undefined,
      undefined,
    ]);
    await system.stop();
  });

  it('stops in order when there is time for it, and leaves no timer of the stop behind', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a'), stage.child('b')] });
    stage.takeLog();
    expect(await system.stop('shutdown', { timeoutMs: 100 })).toBe('shutdown');
    expect([stage.takeLog(), stage.clock.pendingTimers]).toEqual(['-b shutdown -a shutdown', 0]);
  });

  it('refuses a time for its stop that is none, and runs on', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    await expect(system.stop('shutdown', { timeoutMs: -1 })).rejects.toMatchObject({ field: 'timeoutMs' });
    expect(system.whereis('a')).toBeDefined();
    await system.stop();
  });

  it('says of a call after an ordinary stop that it was stopped, with the reason why the call failed', async () => {
    const stage = new Stage();
    const system = await stage.start({});
    await system.stop();
    await expect(system.call('a', {})).rejects.toMatchObject({
      code: 'runtime_closed',
      report: undefined,
      cause: { code: 'noproc' },
    });
  });

  it('says of a call while it gives up that it does so, also before the last child has stopped', async () => {
    const stage = new Stage();
    const slow = stage.child('slow', { onStop: 'hang', shutdown: 100 });
    const system = await stage.start({ maxRestarts: 0, children: [slow, stage.child('a')] });
    await stage.end('a');
    expect(system.whereis('slow')).toBeDefined();
    await expect(system.call('a', {})).rejects.toMatchObject({
      code: 'runtime_closed',
      report: { child: { id: 'a' } },
    });
    await stage.clock.advance(100);
    expect(await system.done).toBe('shutdown');
  });

  it('leaves the error of a call as it is while it runs, whatever was reported below its root', async () => {
    const stage = new Stage();
    const inner = childSpec({
      id: 'inner',
      restart: 'temporary',
      supervisor: { maxRestarts: 0, children: [stage.child('a')] },
    });
    const system = await stage.start({ children: [inner, stage.child('b')] });
    await stage.end('inner/a');
    await stage.end('b');
    expect(stage.takeReports()).toContain('shutdown(a,reached_max_restart_intensity)');
    await expect(system.call('inner/a', {})).rejects.toMatchObject({ code: 'noproc' });
    await system.stop();
  });

  it('outlives reports that nobody listens to', async () => {
    const stage = new Stage();
    const system = await stage.start({ onReport: undefined, children: [stage.child('a')] });
    await stage.end('a');
    expect(stage.live.get('a')).toBe(1);
    await system.stop();
  });
});

describe('a monitor from outside of the actors', () => {
  it('is an actor beside the tree that ends with the system', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    system.demonitor({ path: 'nobody monitors yet' });
    const monitor = system.monitor('a', () => {});
    expect(system.whereis('$outside')?.path).toBe('app/$outside');
    system.demonitor(monitor);
    await system.stop();
    await stage.clock.settle();
    expect(system.whereis('$outside')).toBeUndefined();
  });

  it('cannot be made where its path is taken', async () => {
    const stage = new Stage();
    const system = await stage.start({});
    await startChild(system, 'app', childSpec({ id: '$outside', actor: { init: () => ({ receive() {} }) } }));
    expect(() => system.monitor('app', () => {})).toThrow('The path app/$outside is taken.');
    await system.stop();
  });

  it('that is dropped does not tell, even when the end has happened already', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a', { restart: 'temporary' })] });
    const downs: string[] = [];
    let queued: MonitorRef | undefined;
    system.monitor('a', () => {
      downs.push('kept');
      if (queued !== undefined) system.demonitor(queued);
    });
    queued = system.monitor('a', () => downs.push('dropped'));
    await stage.end('a', 'normal');
    expect(downs).toEqual(['kept']);
    await system.stop();
  });
});
