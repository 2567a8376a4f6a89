import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import type { Behaviour } from '../../src/supervisor/behaviour.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { SystemStoppedError } from '../../src/supervisor/system-errors.ts';
import { Stage } from './stage.ts';

const never: Behaviour<unknown> = { init: () => ({ receive() {} }) };

describe('an actor system', () => {
  it('finds actors by their path, with or without its own name', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    expect(system.whereis('a')).toBe(system.whereis('app/a'));
    await system.stop();
  });

  it('stops at the end of its block', async () => {
    const stage = new Stage();
    {
      await using system = await stage.start({ children: [stage.child('a')] });
      expect(system.whereis('a')).toBeDefined();
    }
    expect(stage.takeLog()).toBe('+a -a shutdown');
  });

  it('stops with the reason it is given, and stopping twice waits for the same end', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    const ends = Promise.all([system.stop({ shutdown: 'deploy' }), system.stop(), system.done]);
    expect(await ends).toEqual([{ shutdown: 'deploy' }, { shutdown: 'deploy' }, { shutdown: 'deploy' }]);
  });

  it('kills whatever is left when the stop takes longer than its timeout, children of children too', async () => {
    const stage = new Stage();
    const stuck = stage.child('stuck', { shutdown: 'infinity', onStop: 'hang' });
    const inner = { children: [stage.child('x'), stuck] };
    const system = await stage.start({
      children: [stage.child('a'), childSpec({ id: 'inner', supervisor: inner })],
    });
    stage.takeLog();
    const stopping = system.stop('shutdown', { timeoutMs: 2_000 });
    await stage.clock.advance(2_000);
    expect(await stopping).toBe('killed');
    expect(stage.live).toEqual(
      new Map([
        ['a', 0],
        ['x', 0],
        ['stuck', 0],
      ]),
    );
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('kills a child that only starts when its supervisor is killed', async () => {
    const stage = new Stage();
    let aborted = false;
    const starting = childSpec({
      id: 'starting',
      actor: {
        init: (context) =>
          new Promise<never>(() => {
            context.signal.addEventListener('abort', () => {
              aborted = true;
            });
          }),
      },
    });
    const system = await stage.start({});
    system.startChild(starting).catch(() => 'the system ends first');
    await stage.clock.settle();
    const stopping = system.stop('shutdown', { timeoutMs: 10 });
    await stage.clock.advance(10);
    expect(await stopping).toBe('killed');
    expect(aborted).toBe(true);
  });

  it('kills what starts, however deep, when its start is given up', async () => {
    const stage = new Stage();
    const abort = new AbortController();
    let aborted = 0;
    const starting = childSpec({
      id: 'starting',
      actor: {
        init: ({ signal }) =>
          new Promise<never>(() =>
            signal.addEventListener('abort', () => {
              aborted += 1;
            }),
          ),
      },
    });
    const inner = childSpec({ id: 'inner', supervisor: { children: [stage.child('x'), starting] } });
    const { signal } = abort;
    const start = stage.start({ signal, children: [stage.child('a'), inner] });
    const failed = expect(start).rejects.toMatchObject({ code: 'start_failed', reason: 'killed' });
    await stage.clock.settle();
    abort.abort();
    await failed;
    await stage.clock.settle();
    expect(aborted).toBe(1);
    expect(stage.live).toEqual(
      new Map([
        ['a', 0],
        ['x', 0],
      ]),
    );
    await expect(stage.start({ signal })).rejects.toMatchObject({ reason: 'killed' });
  });

  it('gives every waiter one clear error when it gives up', async () => {
    const stage = new Stage();
    const silent = childSpec({ id: 'silent', actor: never });
    const system = await stage.start({ maxRestarts: 0, children: [silent, stage.child('a')] });
    const question: object = { type: 'question' };
    const waiting = [1, 2, 3].map(() => system.call('silent', question).catch((error: unknown) => error));
    await stage.end('a');
    for (const error of await Promise.all(waiting)) {
      expect(error).toBeInstanceOf(SystemStoppedError);
      expect(error).toMatchObject({ code: 'runtime_closed', report: { child: { id: 'a' } } });
    }
    await expect(system.call('silent', question)).rejects.toMatchObject({ code: 'runtime_closed' });
  });

  it('leaves no timer and no listener behind', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    system.monitor('a', () => {});
    const question: object = { type: 'question' };
    const asked = system.call('a', question).catch(() => 'ended');
    await system.stop();
    await asked;
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('tells a monitor once, with the reason, and a dropped one never', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a', { restart: 'temporary' })] });
    const downs: unknown[] = [];
    system.monitor('a', ({ reason }) => downs.push(reason));
    system.demonitor(system.monitor('a', () => downs.push('dropped')));
    system.monitor('a', () => {
      throw new Error('a bad listener');
    });
    await stage.end('a', 'normal');
    system.monitor('a', ({ reason }) => downs.push(reason));
    await stage.clock.settle();
    expect(downs).toEqual(['normal', 'noproc']);
    await system.stop();
  });

  it('outlives a report listener that throws', async () => {
    const stage = new Stage();
    const onReport = (): void => {
      throw new Error('a bad listener');
    };
    const system = await ActorSystem.start({ clock: stage.clock, onReport, children: [stage.child('a')] });
    system.cast('a', { type: 'end', reason: { error: 'crash' } });
    await stage.clock.settle();
    expect(stage.live.get('a')).toBe(1);
    await system.stop();
  });

  it('refuses a name that cannot stand in a path', async () => {
    await expect(ActorSystem.start({ name: 'a/b' })).rejects.toMatchObject({ field: 'name' });
  });

  it('supervises XState machines: ready when they say so, asked to stop by their event', async () => {
    const stage = new Stage();
    const log: string[] = [];
    const machine = setup({ types: { events: {} as { type: 'open' } | { type: 'stop' } } }).createMachine({
      initial: 'opening',
      states: {
        opening: { after: { 100: 'ready' } },
        ready: { entry: () => log.push('ready'), on: { stop: 'closing' } },
        closing: { after: { 50: 'closed' } },
        closed: { type: 'final', entry: () => log.push('closed') },
      },
    });
    const child = childSpec({
      id: 'm',
      actor: machine,
      readyWhen: (snapshot) => snapshot.matches('ready'),
      stopEvent: { type: 'stop' },
    });
    const starting = stage.start({ children: [child, stage.child('after')] });
    await stage.clock.settle();
    expect(stage.takeLog()).toBe('');
    await stage.clock.advance(100);
    await starting;
    expect(stage.takeLog()).toBe('+after');
    const stopping = stage.system.stop();
    await stage.clock.advance(50);
    expect(await stopping).toBe('shutdown');
    expect(log).toEqual(['ready', 'closed']);
    expect(stage.takeReports()).toBe('');
  });
});
