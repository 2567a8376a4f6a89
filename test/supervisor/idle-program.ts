import { Runtime } from '../../src/supervisor/runtime.ts';
import { systemClock } from '../../src/supervisor/system-clock.ts';

// Run by the tests: it must end by itself although an actor lives, a timer runs and a call waits.
const runtime = new Runtime({ name: 'app', clock: systemClock });
void runtime.spawn({
  path: 'app/idle',
  behaviour: {
    init(context) {
      context.sendAfter(600_000, 'later');
      return { receive() {} };
    },
  },
  input: undefined,
});
void runtime.call('app/idle', {}, { timeoutMs: 600_000 });
process.stdout.write('started\n');
