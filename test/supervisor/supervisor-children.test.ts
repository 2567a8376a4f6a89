import { describe, expect, it } from 'vitest';
import type { SupervisorFlags } from '../../src/supervisor/checked-spec.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { link } from '../../src/supervisor/link.ts';
import { Process } from '../../src/supervisor/process.ts';
import {
  deleteChild,
  restartChild,
  startChild,
  terminateChild,
} from '../../src/supervisor/supervisor-client.ts';
import { dynamicSupervisor, supervisor } from '../../src/supervisor/supervisor-flags.ts';
import { Stage } from './stage.ts';

const flagsOfEachKind: [string, SupervisorFlags][] = [
  ['with named children', supervisor()],
  ['with dynamic children', dynamicSupervisor()],
];

describe.each(flagsOfEachKind)('a supervisor %s', (_kind, flags) => {
  function processAt(stage: Stage, path: string): Process {
    const process = stage.system.whereis(path);
    if (process instanceof Process) return process;
    throw new Error(`nobody lives at ${path}`);
  }

  it('does not concern itself with the exit signal of a stranger, nor with one from nobody', async () => {
    const stage = new Stage();
    const system = await stage.start({
      children: [
        childSpec({ id: 's', supervisor: flags }),
        stage.child('stranger', { restart: 'temporary' }),
      ],
    });
    const process = processAt(stage, 's');
    link(processAt(stage, 'stranger'), process);
    await stage.end('app/stranger');
    process.exitSignal(undefined, { error: 'nobody' });
    await startChild(system, 's', stage.child('a'));
    expect(system.whereis('s')).toBe(process);
    expect(await stage.children('s')).toMatch(/^(a|dynamic)$/);
    await system.stop();
  });

  it('does not concern itself with a further exit signal of a process that its child no longer is', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [childSpec({ id: 's', supervisor: flags })] });
    await startChild(system, 's', stage.child('a'));
    const former = processAt(stage, 's/a');
    await stage.end('app/s/a');
    const present = processAt(stage, 's/a');
    processAt(stage, 's').exitSignal(former, { error: 'again' });
    await stage.clock.settle();
    expect(present).not.toBe(former);
    expect(processAt(stage, 's/a')).toBe(present);
    await system.stop();
  });
});

describe('a supervisor with named children', () => {
  it('says of a child at rest that declines to run that it is started without a process', async () => {
    const stage = new Stage();
    const system = await stage.start({
      children: [stage.child('a', { restart: 'transient', starts: ['ok', 'ignore'] })],
    });
    await terminateChild(system, 'app', 'a');
    expect(await restartChild(system, 'app', 'a')).toEqual({ ok: true, pid: undefined });
    expect(await stage.children()).toBe('a?');
    await system.stop();
  });

  it('refuses a significant child where that could mean nothing, and names the field of its spec', async () => {
    const stage = new Stage();
    const system = await stage.start({});
    const significant = stage.child('a', { restart: 'transient', significant: true });
    await expect(startChild(system, 'app', significant)).rejects.toMatchObject({ field: 'significant' });
    await system.stop();
  });

  it('does not try again to restart a child that has been deleted meanwhile', async () => {
    const stage = new Stage();
    const answers: Promise<unknown>[] = [];
    let starts = 0;
    const actor = {
      init: () => {
        starts += 1;
        if (starts === 1) return { receive: () => Promise.reject(new Error('crash')) };
        // Both wait in the mailbox before the next try.
        answers.push(terminateChild(system, 'app', 'a'), deleteChild(system, 'app', 'a'));
        throw new Error('no restart');
      },
    };
    const system = await stage.start({ children: [childSpec({ id: 'a', actor })], maxRestarts: 100 });
    system.cast('a', 'crash');
    await stage.clock.settle();
    expect(await Promise.all(answers)).toEqual([{ ok: true }, { ok: true }]);
    expect(starts).toBe(2);
    expect(await stage.children()).toBe('');
    await system.stop();
  });
});
