import {
  checkFunction,
  checkFunctions,
  checkObject,
  checkSignal,
  InvalidOptionError,
} from './invalid-option.ts';
import { checkFlags } from './supervisor-flags.ts';

/**
 * Refuses what no system can be started with; strategy, limits and children are checked where its root is made.
 *
 * @throws InvalidOptionError for the first wrong field.
 */
export function checkSystemOptions(options: unknown): void {
  checkObject('options', options, 'an object with the options of a system');
  const { name, clock, onReport, inspect, observer, signal, root }: Partial<Record<string, unknown>> = {
    ...options,
  };
  if (name !== undefined) checkName(name);
  if (clock !== undefined) checkFunctions('clock', clock, ['now', 'setTimer', 'cancelTimer'], 'a Clock');
  if (onReport !== undefined) checkFunction('onReport', onReport);
  if (inspect !== undefined) checkInspector(inspect);
  if (observer !== undefined) checkFunctions('observer', observer, observed, 'a SupervisorObserver');
  if (signal !== undefined) checkSignal(signal);
  if (root !== undefined) checkFlags('root', root);
}

const observed = ['starting', 'started', 'startFailed', 'stopping'];

function checkName(name: unknown): void {
  if (typeof name === 'string' && name !== '' && !name.includes('/')) return;
  throw new InvalidOptionError('name', name, 'a non-empty string without "/"');
}

function checkInspector(inspect: unknown): void {
  if (typeof inspect !== 'function') checkObject('inspect', inspect, 'a function, or an object with next()');
}
