import process from 'node:process';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import { CallError } from '../../src/supervisor/call-error.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

// Run by the tests: nothing is left in it but calls that nobody answers.
const timeoutMs = process.argv.includes('--forever') ? Number.POSITIVE_INFINITY : 20;
const clock = process.argv.includes('--simulated') ? { clock: new SimulatedClock() } : {};
const system = await ActorSystem.start({
  ...clock,
  children: [childSpec({ id: 'silent', actor: { init: () => ({ receive() {} }) } })],
});

for (const which of ['first', 'second']) {
  await system.call('silent', {}, { timeoutMs }).catch((error: unknown) => {
    process.stdout.write(`${which}: ${error instanceof CallError ? error.code : String(error)}\n`);
  });
}
