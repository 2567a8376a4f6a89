import { describe, expect, it } from 'vitest';
import { type AutoShutdown, shutsDown } from '../../src/supervisor/auto-shutdown.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import type { ExitReason } from '../../src/supervisor/exit-reason.ts';
import { startTemplateChild } from '../../src/supervisor/supervisor-client.ts';
import { simpleOneForOne, supervisor } from '../../src/supervisor/supervisor-flags.ts';
import { Stage } from './stage.ts';

const crash: ExitReason = { error: 'crash' };
const temporary = { restart: 'temporary', significant: true } as const;
const transient = { restart: 'transient', significant: true } as const;

/** Whether the system has ended by itself. */
async function ended(stage: Stage): Promise<boolean> {
  await stage.clock.settle();
  return stage.system.whereis('app') === undefined;
}

describe('auto-shutdown', () => {
  it.each(['never', 'any_significant', 'all_significant'] as const)(
    'the end of a child that is not significant never ends a supervisor with %s [otp-nonsignificant]',
    async (autoShutdown) => {
      const stage = new Stage();
      const children = [
        stage.child('a', { restart: 'temporary' }),
        stage.child('b', { restart: 'transient' }),
      ];
      await stage.start({ autoShutdown, children });
      await stage.end('a', crash);
      await stage.end('b', 'normal');
      expect(await ended(stage)).toBe(false);
      await stage.system.stop();
    },
  );

  it('any_significant: the first significant end stops the rest, right to left [otp-significant-temporary]', async () => {
    const stage = new Stage();
    const children = [stage.child('a', temporary), stage.child('b', temporary), stage.child('c')];
    const system = await stage.start({ autoShutdown: 'any_significant', children });
    stage.takeLog();
    await stage.end('a', crash);
    expect(await system.done).toBe('shutdown');
    expect(stage.takeLog()).toBe('-a crash -c shutdown -b shutdown');
  });

  it('all_significant: only the last significant end does [otp-significant-temporary]', async () => {
    const stage = new Stage();
    const children = [stage.child('a', temporary), stage.child('b', temporary), stage.child('c')];
    const system = await stage.start({ autoShutdown: 'all_significant', children });
    await stage.end('a', crash);
    expect(await ended(stage)).toBe(false);
    await stage.end('b', 'normal');
    expect(await system.done).toBe('shutdown');
  });

  it('a significant transient child that crashes restarts, one that ends orderly counts [otp-significant-transient]', async () => {
    const stage = new Stage();
    const system = await stage.start({
      autoShutdown: 'any_significant',
      children: [stage.child('a', transient)],
    });
    await stage.end('a', crash);
    expect(await ended(stage)).toBe(false);
    await stage.end('a', { shutdown: 'done' });
    expect(await system.done).toBe('shutdown');
  });

  it('significant children that a sibling takes down do not count [otp-significant-bystander]', async () => {
    const stage = new Stage();
    const children = [stage.child('a', temporary), stage.child('b', transient), stage.child('c')];
    await stage.start({ strategy: 'one_for_all', autoShutdown: 'any_significant', children });
    await stage.end('c', crash);
    expect(await stage.children()).toBe('b c');
    await stage.system.stop();
  });

  it.each([
    [true, true],
    [false, false],
  ])(
    'an inner auto-shutdown ends the outer supervisor too when the inner is significant: %s [otp-significant-escalation]',
    async (significant, both) => {
      const stage = new Stage();
      const inner = supervisor({ autoShutdown: 'any_significant', children: [stage.child('x', temporary)] });
      const child = childSpec({ id: 'inner', restart: 'transient', significant, supervisor: inner });
      await stage.start({ autoShutdown: 'any_significant', children: [stage.child('a'), child] });
      await stage.end('app/inner/x', 'normal');
      expect(await ended(stage)).toBe(both);
      await stage.system.stop();
    },
  );

  it.each([
    ['any_significant', 1],
    ['all_significant', 2],
  ] as const)(
    '%s holds for template supervisors: it takes %i ends [otp-significant-simple]',
    async (autoShutdown, ends) => {
      const stage = new Stage();
      const root = simpleOneForOne({ autoShutdown, template: stage.child('dyn', temporary) });
      const system = await stage.start({ root });
      for (let n = 0; n < 2; n += 1) await startTemplateChild(system, 'app', undefined);
      for (let n = 1; n <= ends; n += 1) {
        expect(await ended(stage)).toBe(false);
        await stage.end(`app/dyn.${n}`, 'normal');
      }
      expect(await system.done).toBe('shutdown');
    },
  );

  it('all_significant: a child that waits for its restart still counts as running [otp-significant-simple]', async () => {
    const stage = new Stage();
    const template = stage.child('dyn', { ...transient, starts: ['ok', 'ok', 'fail'] });
    const system = await stage.start({
      root: simpleOneForOne({ autoShutdown: 'all_significant', template }),
    });
    for (let n = 0; n < 2; n += 1) await startTemplateChild(system, 'app', undefined);
    system.cast('app/dyn.1', { type: 'end', reason: crash });
    await stage.end('app/dyn.2', 'normal');
    expect(await ended(stage)).toBe(false);
    expect(stage.live.get('dyn')).toBe(1);
    await system.stop();
  });

  it.each([true, false])('never: an end means nothing, whether others run (%j) or not', (othersRun) => {
    expect(shutsDown('never', true, () => othersRun)).toBe(false);
  });

  it('asks who still runs only when that decides', () => {
    const asked: AutoShutdown[] = [];
    for (const mode of ['never', 'any_significant', 'all_significant'] as const) {
      shutsDown(mode, true, () => {
        asked.push(mode);
        return true;
      });
    }
    expect(asked).toEqual(['all_significant']);
  });
});
