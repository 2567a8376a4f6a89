import { writeSync } from 'node:fs';
import { execPortChild } from '../../src/actors/exec-port/exec-port.ts';
import { portInfo } from '../../src/actors/exec-port/port-messages.ts';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import { SystemClock } from '../../src/supervisor/system-clock.ts';

// A host that starts a port and never closes it. How it ends is the argument.
const codexPathOverride = process.env.FAKE_EXECUTABLE ?? '';
const system = await ActorSystem.start({ children: [execPortChild('port', { codexPathOverride })] });
const { connection } = await system.call('port', portInfo);
const say = (line: string) => writeSync(1, `${line}\n`);
say('ready');

switch (process.argv[2]) {
  case 'killed':
    process.kill(process.pid, 'SIGKILL');
    break;
  case 'held': {
    const release = connection.hold();
    // This clock's timers keep nothing alive: only the hold makes the host wait for it.
    new SystemClock().setTimer(300, () => {
      say('released');
      release();
    });
    break;
  }
  case 'asking':
    connection.request('thread/loaded/list', {}).catch(() => say('refused'));
    break;
  default:
    process.once('exit', () => say('idle'));
}
