import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  AppServerLink,
  type LinkLimits,
  type LinkListener,
} from '../../../src/actors/exec-port/app-server-link.ts';
import { defaultLinkLimits } from '../../../src/actors/exec-port/port-limits.ts';
import type { ProcessExit } from '../../../src/actors/exec-port/process-handle.ts';
import type { RouteFailure } from '../../../src/actors/exec-port/router.ts';
import type { PortNotification } from '../../../src/actors/exec-port/thread-route.ts';
import type { Clock } from '../../../src/supervisor/clock.ts';
import { SystemClock } from '../../../src/supervisor/system-clock.ts';

/** A real process that does what the real binary cannot be made to do. */
export const fakeAppServer = fileURLToPath(
  new URL('../../fixtures-processes/fake-app-server.js', import.meta.url),
);

/** How the fake lives. */
export type FakeBehaviour =
  | 'answers'
  | 'silent'
  | 'senseless'
  | 'exits'
  | 'deaf'
  | 'stubborn'
  | 'held'
  | 'heldOutside';

/** The whole environment of a fake. */
export function fakeEnvironment(
  behaviour: FakeBehaviour,
  more: Record<string, string> = {},
): Record<string, string> {
  return { PATH: path.dirname(process.execPath), FAKE_BEHAVIOUR: behaviour, ...more };
}

/** A link to a fake, and what it told of. */
export class FakeLink implements LinkListener {
  readonly link: AppServerLink;
  readonly skipped: [string, number][] = [];
  readonly connection: PortNotification[] = [];
  readonly routeFailures: RouteFailure[] = [];
  readonly exit: Promise<ProcessExit>;
  #onExit: (exit: ProcessExit) => void = () => {};

  constructor(
    behaviour: FakeBehaviour = 'answers',
    limits: Partial<LinkLimits> = {},
    clock: Clock = new SystemClock(),
  ) {
    this.exit = new Promise((resolve) => {
      this.#onExit = resolve;
    });
    this.link = new AppServerLink(
      { executable: fakeAppServer, args: [], env: fakeEnvironment(behaviour) },
      this,
      clock,
      { ...defaultLinkLimits, ...limits },
    );
    this.link.hold.acquire();
  }

  spawned(): void {}

  spawnFailed(error: Error): void {
    throw error;
  }

  exited(exit: ProcessExit): void {
    this.link.close(new Error(`ended by ${exit.signal ?? exit.exitCode}`));
    this.#onExit(exit);
  }

  lineSkipped(why: string, lineBytes: number): void {
    this.skipped.push([why, lineBytes]);
  }

  connectionNotified(notification: PortNotification): void {
    this.connection.push(notification);
  }

  routeFailed(failure: RouteFailure): void {
    this.routeFailures.push(failure);
  }

  /** Makes the fake write the text as it is, and waits until what follows has been read. */
  async write(text: string): Promise<void> {
    await this.link.requests.request('test/write', { text });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.link.signal('SIGKILL');
    await this.exit;
  }
}
