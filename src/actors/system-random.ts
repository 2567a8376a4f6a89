import { randomInt } from 'node:crypto';

const steps = 2 ** 32;

/** A number from 0 up to but not including 1: what is injected where nobody wants to repeat a run. */
export function systemRandom(): number {
  return randomInt(steps) / steps;
}
