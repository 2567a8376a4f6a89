import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { reasonText } from './stage.ts';

const throwingProgram = fileURLToPath(new URL('./throwing-program.ts', import.meta.url));

/** What becomes of logic that throws, by the moment at which it does. */
const outcomes = {
  'no start; boom; start_error boom': [
    'machine: context',
    'machine: entry',
    'machine: invoked machine',
    'machine: invoked promise, at once',
    'machine: invoked callback',
    'machine: input of an invoked child',
    'machine: onSnapshot',
    'machine: grandchild',
    'transition: first state',
    'callback: function',
    'promise: function',
    'observable: function',
    'observable: subscribe',
    'observable: error',
    'readyWhen',
  ],
  'sibling alive; stop "shutdown"; child_terminated boom': [
    'machine: action',
    'machine: guard',
    'machine: assign',
    'machine: exit',
    'machine: delay',
    'machine: output',
    'machine: invoked promise',
    'machine: listener of an invoked callback',
    'machine: onDone',
    'machine: onError',
    'machine: spawned child',
    'transition: transition',
    'callback: listener',
    'promise: rejection',
    'observable: error later',
    'exitReason',
    'observers of one that fails',
  ],
  'sibling and actor alive; stop "shutdown"; shutdown_error boom': [
    'callback: cleanup',
    'observable: unsubscribe',
    'stopEvent',
  ],
  'sibling and actor alive; stop "shutdown"; inspector_failed': ['inspector'],
  'sibling and actor alive; stop "shutdown"; no report': [
    'machine: cleanup of an invoked callback',
    'promise: rejection by its stop',
    'observers',
    'listeners',
  ],
};

describe('XState logic that throws', () => {
  it('ends alone and is reported once, whatever throws and when, and nothing reaches uncaughtException', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [throwingProgram], { encoding: 'utf8' });
    const expected = Object.entries(outcomes).flatMap(([outcome, moments]) =>
      moments.map((moment) => `${moment}: ${outcome}`),
    );
    expect(stdout.trim().split('\n').sort()).toEqual(expected.sort());
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('XState logic that is sent xstate.stop', () => {
  it('has ended with shutdown, and does not pass for alive', async () => {
    const clock = new SimulatedClock();
    const children = [childSpec({ id: 'a', actor: createMachine({}), restart: 'transient' })];
    const system = await ActorSystem.start({ clock, children });
    const downs: string[] = [];
    system.monitor('a', ({ reason }) => downs.push(reasonText(reason)));
    system.cast('a', { type: 'xstate.stop' });
    await clock.settle();
    expect(downs).toEqual(['shutdown']);
    expect(system.whereis('a')).toBeUndefined();
    await system.stop();
  });
});
