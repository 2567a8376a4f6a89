import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import type { Pid } from '../../src/supervisor/behaviour.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { Process } from '../../src/supervisor/process.ts';
import {
  countChildren,
  deleteChild,
  getChildSpec,
  restartChild,
  startChild,
  startTemplateChild,
  terminateChild,
  updateSpecs,
  whichChildren,
} from '../../src/supervisor/supervisor-client.ts';
import { dynamicSupervisor, simpleOneForOne } from '../../src/supervisor/supervisor-flags.ts';
import { type ScriptedOptions, Stage } from './stage.ts';

const seenInputs: unknown[] = [];

function echoing(_context: unknown, input: unknown) {
  seenInputs.push(input);
  return { receive() {} };
}

const inputMachine = createMachine({
  context: ({ input }) => {
    seenInputs.push(input);
    return {};
  },
});

async function started(stage: Stage, id: string, options: ScriptedOptions = {}): Promise<Pid> {
  const result = await startChild(stage.system, 'app', stage.child(id, options));
  if (!result.ok || result.pid === undefined) throw new Error(JSON.stringify(result));
  return result.pid;
}

describe('a dynamic supervisor', () => {
  it('takes each child with its own spec, ids need not differ [ex-dynamic-ids]', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    const first = await started(stage, 'a');
    const second = await started(stage, 'a', { restart: 'temporary' });
    expect(first.path).toBe('app/a');
    expect(second.path).not.toBe(first.path);
    expect((await whichChildren(system, 'app')).map(({ id }) => id)).toEqual([undefined, undefined]);
    expect(await getChildSpec(system, 'app', second)).toMatchObject({
      ok: true,
      spec: { restart: 'temporary' },
    });
    await system.stop();
  });

  it('refuses more than maxChildren with max_children [ex-dynamic-max-children]', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor({ maxChildren: 1 }) });
    const pid = await started(stage, 'a');
    expect(await startChild(system, 'app', stage.child('b'))).toEqual({ ok: false, error: 'max_children' });
    await terminateChild(system, 'app', pid);
    expect(await startChild(system, 'app', stage.child('b'))).toMatchObject({ ok: true });
    await system.stop();
  });

  it('keeps nothing of a child that fails to start or declines [ex-dynamic-start-errors]', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    const reason = { error: 'a failed' };
    const failing = stage.child('a', { starts: ['fail'] });
    expect(await startChild(system, 'app', failing)).toEqual({ ok: false, error: 'start_error', reason });
    const declining = stage.child('b', { starts: ['ignore'] });
    expect(await startChild(system, 'app', declining)).toEqual({ ok: true, pid: undefined });
    expect(await countChildren(system, 'app')).toEqual({ specs: 0, active: 0, supervisors: 0, workers: 0 });
    await system.stop();
  });

  it('ends a child that waits for its restart, which then is neither counted nor tried again [otp-hanging-restart-loop]', async () => {
    const stage = new Stage();
    const template = stage.child('a', { starts: ['ok', ...Array<'fail'>(10_000).fill('fail')] });
    const system = await stage.start({ root: simpleOneForOne({ maxRestarts: 20_000, template }) });
    const result = await startTemplateChild(system, 'app', undefined);
    if (!result.ok || result.pid === undefined) throw new Error(JSON.stringify(result));
    system.cast<unknown>(result.pid.path, { type: 'end', reason: { error: 'crash' } });
    await stage.logged('!a');
    const waiting = countChildren(system, 'app');
    expect(await terminateChild(system, 'app', result.pid)).toEqual({ ok: true });
    expect(await waiting).toEqual({ specs: 1, active: 0, supervisors: 0, workers: 1 });
    stage.takeLog();
    await stage.clock.settle();
    expect(stage.takeLog()).toBe('');
    expect(await startTemplateChild(system, 'app', undefined)).toMatchObject({ error: 'start_error' });
    expect(await countChildren(system, 'app')).toEqual({ specs: 1, active: 0, supervisors: 0, workers: 0 });
    await system.stop();
  });

  it('gives the path of a child that did not start to the next of that id', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    await startChild(system, 'app', stage.child('a', { starts: ['fail'] }));
    expect((await started(stage, 'a')).path).toBe('app/a');
    await system.stop();
  });

  it('terminates by pid, and answers not_found for the dead and for strangers [ex-dynamic-terminate]', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    const pid = await started(stage, 'a');
    expect(await terminateChild(system, 'app', pid)).toEqual({ ok: true });
    expect(await terminateChild(system, 'app', pid)).toEqual({ ok: false, error: 'not_found' });
    const root = system.whereis('app');
    if (root !== undefined)
      expect(await terminateChild(system, 'app', root)).toEqual({ ok: false, error: 'not_found' });
    await system.stop();
  });

  it('forgets children that end and are not restarted [ex-dynamic-vanish]', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    await started(stage, 'a', { restart: 'transient' });
    await started(stage, 'b', { restart: 'temporary' });
    await stage.end('a', 'normal');
    await stage.end('b');
    expect((await countChildren(system, 'app')).specs).toBe(0);
    await system.stop();
  });

  it('restarts the crashed child alone, at the same path [ex-dynamic-one-for-one]', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    const a = await started(stage, 'a');
    const b = await started(stage, 'b');
    stage.takeLog();
    await stage.end('a');
    expect(stage.takeLog()).toBe('-a crash +a');
    expect(system.whereis(a.path)).toMatchObject({ path: a.path, incarnation: 2 });
    expect(system.whereis(b.path)).toBe(b);
    await system.stop();
  });

  it('lists its children in the order of their latest start, those that wait for a restart last', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor({ maxRestarts: 9 }) });
    const [a, b, c] = [
      await started(stage, 'a', { starts: ['ok', 'fail'] }),
      await started(stage, 'b'),
      await started(stage, 'c'),
    ];
    const pids = async () => (await whichChildren(system, 'app')).map(({ pid }) => pid);
    expect(await pids()).toEqual([a, b, c]);
    await stage.end(b.path);
    const again = system.whereis(b.path);
    expect(await pids()).toEqual([a, c, again]);
    const supervisor = system.whereis('app');
    if (!(supervisor instanceof Process)) throw new Error('no supervisor');
    supervisor.suspend();
    await stage.end(a.path);
    const whileItWaits = pids();
    supervisor.resume();
    expect(await whileItWaits).toEqual([c, again, 'restarting']);
    await system.stop();
  });

  it('tries a failed restart again until the limit, then ends with shutdown; the rest ends with it [ex-dynamic-restart-error]', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    await started(stage, 'other');
    await started(stage, 'a', { starts: ['ok', 'fail', 'fail', 'fail', 'fail'] });
    stage.takeLog();
    await stage.end('a');
    expect(await system.done).toBe('shutdown');
    expect(stage.takeLog()).toBe('-a crash !a !a !a -other shutdown');
  });

  it('drops a child whose restart declines [ex-dynamic-restart-ignore] [otp-simple-restart-ignore]', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    await started(stage, 'a', { starts: ['ok', 'ignore'] });
    await stage.end('a');
    expect(await whichChildren(system, 'app')).toEqual([]);
    await system.stop();
  });

  it('silently takes significant children, whose ends mean nothing to it [ex-dynamic-significant]', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    await started(stage, 'a', { restart: 'temporary', significant: true });
    await stage.end('a', 'normal');
    expect(system.whereis('app')).toBeDefined();
    await system.stop();
  });

  it('stops all at once, each with its own time [ex-dynamic-stop]', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    await started(stage, 'slow', { onStop: 'hang', shutdown: 900 });
    await started(stage, 'quick', { onStop: 'hang', shutdown: 100 });
    await started(stage, 'dead', { onStop: 'hang', shutdown: 'brutal_kill' });
    stage.takeLog();
    const stopping = system.stop();
    await stage.clock.advance(100);
    expect(stage.takeLog()).toBe('-dead killed -quick killed');
    await stage.clock.advance(800);
    expect(stage.takeLog()).toBe('-slow killed');
    await stopping;
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('knows no ids: calls by id answer simple_one_for_one', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    const refused = { ok: false, error: 'simple_one_for_one' };
    expect(await terminateChild(system, 'app', 'a')).toEqual(refused);
    expect(await restartChild(system, 'app', 'a')).toEqual(refused);
    expect(await deleteChild(system, 'app', 'a')).toEqual(refused);
    await system.stop();
  });
});

describe('a template supervisor', () => {
  it('starts children from one spec, each with its input [otp-simple-start]', async () => {
    const inputs: unknown[] = [];
    const actor = {
      init: (_context: unknown, input: unknown) => {
        inputs.push(input);
        return { receive() {} };
      },
    };
    const root = simpleOneForOne({ template: childSpec({ id: 'dyn', actor, input: 'default' }) });
    const system = await ActorSystem.start({ root });
    await startTemplateChild(system, 'system', 'one');
    await startTemplateChild(system, 'system', 'two');
    expect(inputs).toEqual(['one', 'two']);
    expect(await countChildren(system, 'system')).toEqual({
      specs: 1,
      active: 2,
      supervisors: 0,
      workers: 2,
    });
    await system.stop();
  });

  it('restarts a child with the input it was started with [otp-simple]', async () => {
    const stage = new Stage();
    const inputs: unknown[] = [];
    const actor = {
      init: (_context: unknown, input: unknown) => {
        inputs.push(input);
        return {
          receive() {
            throw new Error('crash');
          },
        };
      },
    };
    const system = await stage.start({
      root: simpleOneForOne({ template: childSpec({ id: 'dyn', actor }) }),
    });
    await startTemplateChild(system, 'app', 'one');
    system.cast('app/dyn.1', 'anything');
    await stage.clock.settle();
    expect(inputs).toEqual(['one', 'one']);
    await system.stop();
  });

  it('terminates by pid; a pid that is dead is well terminated, a living stranger is not found [otp-child-adm-simple]', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: simpleOneForOne({ template: stage.child('dyn') }) });
    const result = await startTemplateChild(system, 'app', undefined);
    if (!result.ok || result.pid === undefined) throw new Error('not started');
    expect(await terminateChild(system, 'app', result.pid)).toEqual({ ok: true });
    expect(await terminateChild(system, 'app', result.pid)).toEqual({ ok: true });
    const root = system.whereis('app');
    if (root !== undefined)
      expect(await terminateChild(system, 'app', root)).toEqual({ ok: false, error: 'not_found' });
    await system.stop();
  });

  it('refuses a spec of its own for a child', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: simpleOneForOne({ template: stage.child('dyn') }) });
    await expect(startChild(system, 'app', stage.child('a'))).rejects.toMatchObject({ field: 'child' });
    await system.stop();
  });

  it('takes a new template at once for the children that live [otp-code-change-simple]', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: simpleOneForOne({ template: stage.child('dyn') }) });
    await startTemplateChild(system, 'app', undefined);
    await updateSpecs(
      system,
      'app',
      simpleOneForOne({ template: stage.child('dyn', { restart: 'temporary' }) }),
    );
    await stage.end('app/dyn.1');
    expect(await whichChildren(system, 'app')).toEqual([]);
    await system.stop();
  });

  it.each([
    ['a behaviour', (input?: unknown) => childSpec({ id: 'dyn', actor: { init: echoing }, input })],
    ['a machine', (input?: unknown) => childSpec({ id: 'dyn', actor: inputMachine, input })],
  ])(
    'restarts children under a new template that is %s with the input they were started with',
    async (_what, template) => {
      seenInputs.length = 0;
      const stage = new Stage();
      const system = await stage.start({ root: simpleOneForOne({ template: template() }) });
      await startTemplateChild(system, 'app', 'mine');
      await updateSpecs(system, 'app', simpleOneForOne({ template: template('other') }));
      const process = system.whereis('dyn.1');
      if (!(process instanceof Process)) throw new Error('not started');
      process.abandon('killed');
      await stage.clock.settle();
      expect(seenInputs).toEqual(['mine', 'mine']);
      await system.stop();
    },
  );
});
