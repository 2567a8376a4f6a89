import { describe, expect, it } from 'vitest';
import type { Pid } from '../../src/supervisor/behaviour.ts';
import type { SupervisorFlags } from '../../src/supervisor/checked-spec.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { ExitRequest } from '../../src/supervisor/errors.ts';
import type { ExitReason } from '../../src/supervisor/exit-reason.ts';
import { Process } from '../../src/supervisor/process.ts';
import {
  countChildren,
  getChildSpec,
  startChild,
  startTemplateChild,
  terminateChild,
  updateSpecs,
  whichChildren,
} from '../../src/supervisor/supervisor-client.ts';
import { startOutcome, stop, stopTogether } from '../../src/supervisor/supervisor-effects.ts';
import { dynamicSupervisor, simpleOneForOne, supervisor } from '../../src/supervisor/supervisor-flags.ts';
import { type ScriptedOptions, Stage } from './stage.ts';

async function started(stage: Stage, id: string, options: ScriptedOptions = {}): Promise<Pid> {
  const result = await startChild(stage.system, 'app', stage.child(id, options));
  if (!result.ok || result.pid === undefined) throw new Error(JSON.stringify(result));
  return result.pid;
}

const nested = (id: string) => childSpec({ id, supervisor: {} });

describe('a supervisor', () => {
  it('does what it is told by a message without a sender, and lives on after a wrong one', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    system.cast('app', { type: 'supervisor.startChild', child: { spec: stage.child('b') } });
    system.cast('app', { type: 'supervisor.whichChildren' });
    system.cast('app', { type: 'supervisor.startChild', child: { input: 1 } });
    system.cast('app', { type: 'nonsense' });
    expect(await stage.children()).toBe('a b');
    await system.stop();
  });

  it('answers a message that is no request with an error that names it', async () => {
    const stage = new Stage();
    const system = await stage.start({});
    await expect(system.call('app', { type: 'nonsense' })).rejects.toMatchObject({
      code: 'invalid_option',
      field: 'message',
      accepted: 'a request to a supervisor, see SupervisorMessage',
    });
    await system.stop();
  });

  it('knows no child by the pid of another package, nor by one that is not its own', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    const foreign = { path: 'app/a', incarnation: 1 };
    expect(await terminateChild(system, 'app', foreign)).toEqual({ ok: false, error: 'not_found' });
    expect(await getChildSpec(system, 'app', foreign)).toEqual({ ok: false, error: 'not_found' });
    await system.stop();
  });

  it('refuses what another kind of supervisor takes, and names the field', async () => {
    const stage = new Stage();
    const template = stage.child('t');
    const flags = {
      static: supervisor(),
      dynamic: dynamicSupervisor(),
      template: simpleOneForOne({ template }),
    };
    const system = await stage.start({
      children: Object.entries(flags).map(([id, kind]) => childSpec({ id, supervisor: kind })),
    });
    const refusal = (field: string, accepted: string) => ({ code: 'invalid_option', field, accepted });
    const ofSpec = refusal('child', 'a child spec made by childSpec()');
    await expect(startTemplateChild(system, 'static', 1)).rejects.toMatchObject(ofSpec);
    await expect(startTemplateChild(system, 'dynamic', 1)).rejects.toMatchObject(ofSpec);
    await expect(startChild(system, 'template', template)).rejects.toMatchObject(
      refusal('child', '{ input } for the template of this supervisor'),
    );
    const ofStatic = refusal('flags', 'flags of a supervisor with named children, as it was started with');
    const ofDynamic = refusal('flags', 'flags of the same kind of dynamic supervisor as it was started with');
    const wrong: [string, SupervisorFlags, object][] = [
      ['static', flags.dynamic, ofStatic],
      ['dynamic', flags.static, ofDynamic],
      ['dynamic', flags.template, ofDynamic],
      ['template', flags.static, ofDynamic],
      ['template', flags.dynamic, ofDynamic],
    ];
    for (const [path, other, error] of wrong) {
      await expect(updateSpecs(system, path, other)).rejects.toMatchObject(error);
    }
    expect(await updateSpecs(system, 'dynamic', flags.dynamic)).toEqual({ ok: true });
    await system.stop();
  });

  it('that is killed in the middle of a restart starts nobody afterwards', async () => {
    const stage = new Stage();
    const children = [stage.child('a'), stage.child('b', { onStop: 'hang', shutdown: 1_000 })];
    const inner = childSpec({
      id: 'inner',
      restart: 'temporary',
      shutdown: 'brutal_kill',
      supervisor: { strategy: 'one_for_all', children },
    });
    const system = await stage.start({ children: [inner] });
    await stage.end('inner/a');
    stage.takeLog();
    await terminateChild(system, 'app', 'inner');
    await stage.clock.advance(1_000);
    expect(stage.takeLog()).toBe('-b killed');
    expect([...stage.live.values()]).toEqual([0, 0]);
    await system.stop();
  });
});

describe('a dynamic supervisor', () => {
  it('counts workers and supervisors apart, also while they wait for their restart and once they are gone', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor({ maxRestarts: 100 }) });
    await startChild(system, 'app', nested('s'));
    const worker = await started(stage, 'w');
    const counts = { specs: 2, active: 2, supervisors: 1, workers: 1 };
    expect(await countChildren(system, 'app')).toEqual(counts);
    await stage.end('app/w');
    expect(await countChildren(system, 'app')).toEqual(counts);
    await system.call('app', { type: 'supervisor.terminateChild', target: worker });
    const [row] = await whichChildren(system, 'app');
    if (row?.pid === undefined || row.pid === 'restarting') throw new Error('no supervisor');
    await terminateChild(system, 'app', row.pid);
    expect(await countChildren(system, 'app')).toEqual({ specs: 1, active: 1, supervisors: 0, workers: 1 });
    await system.stop();
  });

  it('counts a supervisor that waits for its restart as a supervisor', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor({ maxRestarts: 100 }) });
    const answers: Promise<unknown>[] = [];
    let starts = 0;
    const inner = {
      init: () => {
        starts += 1;
        if (starts !== 2) return { receive() {} };
        // Waits in the mailbox before the next try.
        answers.push(countChildren(system, 'app'));
        throw new Error('no restart');
      },
    };
    const flags = supervisor({ children: [childSpec({ id: 'inner', actor: inner })] });
    await startChild(system, 'app', childSpec({ id: 's', supervisor: flags }));
    const process = system.whereis('s');
    if (!(process instanceof Process)) throw new Error('not started');
    process.abandon('killed');
    await stage.clock.settle();
    expect(await Promise.all(answers)).toEqual([{ specs: 1, active: 0, supervisors: 1, workers: 0 }]);
    expect(starts).toBe(3);
    await system.stop();
  });

  it('gives the path of a child that is gone to the next of its id', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    const first = await started(stage, 'a', { restart: 'temporary' });
    await stage.end('app/a');
    const second = await started(stage, 'a');
    const third = await started(stage, 'a');
    expect([first, second, third].map(String)).toEqual(['app/a#1', 'app/a#2', 'app/a.1#1']);
    await system.stop();
  });

  it('says not_found of pids and names that are no child', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    const gone = await started(stage, 'a', { restart: 'temporary' });
    await stage.end('app/a');
    for (const target of [gone, 'a']) {
      expect(await getChildSpec(system, 'app', target)).toEqual({ ok: false, error: 'not_found' });
    }
    await system.stop();
  });

  it('stops a child that waits for its restart, which is then not tried again', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor({ maxRestarts: 100 }) });
    let starts = 0;
    const answers: Promise<unknown>[] = [];
    let first: Pid | undefined;
    const actor = {
      init: () => {
        starts += 1;
        if (starts === 1) return { receive: () => Promise.reject(new Error('crash')) };
        if (first !== undefined) answers.push(terminateChild(system, 'app', first));
        throw new Error('no restart');
      },
    };
    const result = await startChild(system, 'app', childSpec({ id: 'a', actor }));
    if (result.ok) first = result.pid;
    system.cast('app/a', 'crash');
    await stage.clock.settle();
    expect(await Promise.all(answers)).toEqual([{ ok: true }]);
    expect(starts).toBe(2);
    expect(await countChildren(system, 'app')).toEqual({ specs: 0, active: 0, supervisors: 0, workers: 0 });
    await system.stop();
  });

  it.each([
    ['worker', { supervisors: 0, workers: 1 }],
    ['supervisor', { supervisors: 1, workers: 0 }],
  ] as const)('counts living children as the %s that its new template says', async (type, counts) => {
    const stage = new Stage();
    const before = type === 'worker' ? 'supervisor' : 'worker';
    const system = await stage.start({
      root: simpleOneForOne({ template: stage.child('t', { type: before }) }),
    });
    await startTemplateChild(system, 'app', 1);
    await updateSpecs(system, 'app', simpleOneForOne({ template: stage.child('t', { type }) }));
    expect(await countChildren(system, 'app')).toEqual({ specs: 1, active: 1, ...counts });
    await system.stop();
  });

  it('reports ends that it did not ask for together when their reasons say the same', async () => {
    const stage = new Stage();
    const shared = { error: new Error('same') };
    const reasons: ExitReason[] = [
      { shutdown: 'moved' },
      { shutdown: 'moved' },
      { shutdown: 'gone' },
      { error: 'moved' },
      { error: new Error('same') },
      shared,
      shared,
    ];
    let next = 0;
    const template = childSpec({
      id: 't',
      actor: {
        init: () => {
          const reason = reasons[next];
          next += 1;
          return {
            receive() {},
            terminate: () => {
              if (typeof reason === 'object' && 'error' in reason) throw reason.error;
              return Promise.reject(new ExitRequest(reason ?? 'normal'));
            },
          };
        },
      },
    });
    const system = await stage.start({ root: simpleOneForOne({ template }) });
    for (const reason of reasons) await startTemplateChild(system, 'app', reason);
    await system.stop();
    expect(stage.takeReports()).toBe(
      [
        'shutdown_error(t,shutdown:"moved")x2',
        'shutdown_error(t,shutdown:"gone")x1',
        'shutdown_error(t,moved)x1',
        'shutdown_error(t,Error: same)x1',
        'shutdown_error(t,Error: same)x2',
      ].join(' '),
    );
  });

  it('reports each end that it did not ask for by itself when its children have specs of their own', async () => {
    const stage = new Stage();
    const system = await stage.start({ root: dynamicSupervisor() });
    for (const id of ['a', 'b']) await started(stage, id, { onStop: { exit: { error: 'odd' } } });
    await system.stop();
    expect(stage.takeReports()).toBe('shutdown_error(a,odd) shutdown_error(b,odd)');
  });
});

describe('the algorithm', () => {
  it('refuses an answer to another effect than it asked for', () => {
    const order = { process: {}, shutdown: 'infinity' } as const;
    const [one, many] = [stop(order), stopTogether([order])];
    one.next();
    many.next();
    const said = (effect: string) => `The supervisor's shell answered the effect "${effect}" with "done".`;
    expect(() => startOutcome({ type: 'done' })).toThrow(new TypeError(said('start')));
    expect(() => one.next({ type: 'done' })).toThrow(new TypeError(said('stop')));
    expect(() => many.next({ type: 'done' })).toThrow(new TypeError(said('stopTogether')));
  });
});
