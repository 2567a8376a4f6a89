import { afterEach, beforeEach, expect } from 'vitest';
import { createMachine } from 'xstate';
import type { Process } from '../../src/supervisor/process.ts';
import { type LogicOptions, logicBehaviour } from '../../src/supervisor/xstate-adapter.ts';
import type { SmallWorld } from './small-world.ts';

export const boom = new Error('boom');

export function throwing(): never {
  throw boom;
}

export const light = createMachine({
  id: 'light',
  initial: 'red',
  states: {
    red: { on: { next: 'green' } },
    green: { on: { next: 'red', fail: { actions: throwing } } },
    off: { type: 'final' },
  },
  on: { off: '.off' },
  output: { lamp: 'dark' },
});

/** Starts XState logic that must start at once. */
export function startLogic(world: SmallWorld, options: LogicOptions, path = 'app/logic'): Process {
  return world.start(path, logicBehaviour(options, world.runtime.inspection));
}

/** Fails each test of the file that lets an exception go uncaught. */
export function expectNothingUncaught(): void {
  const uncaught: unknown[] = [];
  const keep = (error: unknown) => void uncaught.push(error);
  // vitest has listeners of its own, which would fail the run without telling which test it was.
  let listeners: NodeJS.UncaughtExceptionListener[] = [];

  beforeEach(() => {
    uncaught.length = 0;
    listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', keep);
  });

  afterEach(async () => {
    // XState rethrows in a timer of 0 ms: it was set before this one, so it fires before it.
    await new Promise((resolve) => setTimeout(resolve, 0));
    process.removeListener('uncaughtException', keep);
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(uncaught).toEqual([]);
  });
}
