import { Codex } from '../../src/codex.ts';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import type { Behaviour } from '../../src/supervisor/behaviour.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { systemClock } from '../../src/supervisor/system-clock.ts';
import { TelemetryBus } from '../../src/telemetry/telemetry-bus.ts';

// A host that does nothing but await an end at its top level. Whose end is the first argument.
const [, , whose, executable = ''] = process.argv;

/** Takes its time to stop, and keeps no event loop alive by that. */
const slow: Behaviour<never> = {
  init: ({ clock }) => ({
    receive: () => undefined,
    terminate: () => new Promise((resolve) => clock.setTimer(50, resolve)),
  }),
};

/** A Codex with a subscriber that never gets done. */
function startCodex(transport: 'app-server' | 'exec'): Codex {
  const codex = new Codex({ codexPathOverride: executable, transport, profile: 'lean' });
  codex.telemetry.subscribe('*', () => new Promise(() => undefined));
  return codex;
}

const threadOptions = { skipGitRepoCheck: true, model: 'gpt-5.5', approvalPolicy: 'never' } as const;

async function end(): Promise<void> {
  switch (whose) {
    case 'system': {
      const system = await ActorSystem.start({ children: [childSpec({ id: 'slow', actor: slow })] });
      await system.stop();
      return;
    }
    case 'telemetry': {
      const bus = new TelemetryBus({ clock: systemClock });
      bus.subscribe('*', () => new Promise(() => undefined));
      bus.publish('actor.mailbox_overflow', () => ({ path: 'a', mailboxCapacity: 1 }));
      await bus.close({ timeoutMs: 50 });
      return;
    }
    case 'app-server':
    case 'exec': {
      const codex = startCodex(whose);
      const thread = codex.startThread(threadOptions);
      await thread.run('hello');
      await thread.close();
      await codex.close();
      return;
    }
    case 'turn': {
      const codex = startCodex('app-server');
      const { events } = await codex.startThread(threadOptions).runStreamed('hello');
      await events.next();
      await codex.close();
      return;
    }
    case 'start': {
      const codex = startCodex('app-server');
      const starting = new Promise((resolve) => codex.telemetry.subscribe('port.start', resolve));
      const run = codex.startThread().run('hello');
      const refused = run.catch((error: { code: string }) => console.log(error.code));
      await starting;
      await codex.close({ timeoutMs: 100 });
      await refused;
      return;
    }
    case 'call': {
      const codex = startCodex('app-server');
      const starts: unknown[] = [];
      codex.telemetry.subscribe('port.start', (event) => void starts.push(event));
      const run = codex.startThread().run('hello');
      const refused = run.catch((error: { code: string }) => console.log(error.code));
      await codex.close();
      await refused;
      console.log(`${starts.length} processes`);
      return;
    }
  }
}

await end();
console.log('ended');
