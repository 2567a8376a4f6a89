import { describe, expect, it } from 'vitest';
import type { SupervisorFlags } from '../../src/supervisor/checked-spec.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { supervisorBehaviour } from '../../src/supervisor/supervisor.ts';
import { whichChildren } from '../../src/supervisor/supervisor-client.ts';
import { supervisor } from '../../src/supervisor/supervisor-flags.ts';
import { SystemNode } from '../../src/supervisor/system-node.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

const atOnce = childSpec({ id: 'a', actor: { init: () => ({ receive() {} }) } });
const later = childSpec({ id: 'b', actor: { init: async () => ({ receive() {} }) } });

/** Starts a supervisor as nothing but an actor; gives the outcome, or its promise. */
function spawned(flags: SupervisorFlags) {
  const clock = new SimulatedClock();
  const node = new SystemNode({
    name: 'app',
    clock,
    onReport: undefined,
    inspect: undefined,
    observer: undefined,
  });
  const behaviour = supervisorBehaviour(node, flags);
  const outcome = node.runtime.spawn({ path: 'app', behaviour, input: undefined, trapExit: true });
  return { node, clock, outcome };
}

describe('a supervisor', () => {
  it('has started at once when its children have', () => {
    const { outcome } = spawned(supervisor({ children: [atOnce] }));
    expect(outcome).toMatchObject({ ok: { path: 'app' } });
  });

  it('answers after a start that took time as it does after one that took none', async () => {
    const { node, outcome } = spawned(supervisor({ children: [atOnce, later] }));
    expect(outcome).toBeInstanceOf(Promise);
    expect(await outcome).toMatchObject({ ok: { path: 'app' } });
    const children = await whichChildren(node.runtime, 'app');
    expect(children.map(({ id }) => id)).toEqual(['b', 'a']);
  });

  it('ends at once when its children do, youngest first', () => {
    const { outcome } = spawned(supervisor({ children: [atOnce] }));
    if (outcome instanceof Promise || outcome === 'ignore' || 'error' in outcome)
      throw new Error('not started');
    outcome.ok.requestStop('shutdown');
    expect(outcome.ok.isDead).toBe(true);
  });
});
