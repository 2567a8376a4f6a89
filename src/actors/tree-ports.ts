import { RequestTimeoutError } from '../protocol/errors/port-errors.ts';
import type { ActorSystem } from '../supervisor/actor-system.ts';
import { CallError } from '../supervisor/call-error.ts';
import type { Clock } from '../supervisor/clock.ts';
import { whichChildren } from '../supervisor/supervisor-client.ts';
import type { PortConnection } from './exec-port/port-connection.ts';
import type { PortInfo, PortInfoRequest } from './exec-port/port-messages.ts';
import type { PortSource } from './thread/port-source.ts';

/** Address of the supervisor of all exec ports. */
export const portsPath = 'ports';

/** The tree that the ports are in. */
export interface PortsTree {
  readonly system: () => Promise<ActorSystem>;
  /** Why the tree is ending by itself; null while it is not. */
  readonly gaveUp: Error | null;
}

/**
 * The ports of one tree, for its threads. Waiting for a restart is a question to the supervisor, which answers once it has dealt
 * with the death: nothing polls.
 */
export class TreePorts implements PortSource {
  readonly #tree: PortsTree;
  readonly #clock: Clock;
  /** The live connection, or the search for it; shared by all threads. */
  #connection: Promise<PortConnection> | null = null;

  constructor(tree: PortsTree, clock: Clock) {
    this.#tree = tree;
    this.#clock = clock;
  }

  acquire({ timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }): Promise<PortConnection> {
    this.#connection ??= this.#connect();
    const connection = this.#connection;
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimer(timeoutMs, () => reject(new RequestTimeoutError('port', timeoutMs)));
      const onAbort = () => reject(signal.reason);
      const settled = () => {
        this.#clock.cancelTimer(timer);
        signal.removeEventListener('abort', onAbort);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      connection.finally(settled).then(resolve, reject);
    });
  }

  /** What the port says of itself. Rejects when none lives. */
  async info(): Promise<PortInfo> {
    const system = await this.#tree.system();
    return this.#infoOf(system);
  }

  async #connect(): Promise<PortConnection> {
    try {
      const system = await this.#tree.system();
      const { connection } = await this.#infoOf(system);
      const forget = () => {
        this.#connection = null;
      };
      system.monitor(connection.address, forget);
      return connection;
    } catch (error) {
      this.#connection = null;
      throw this.#tree.gaveUp ?? error;
    }
  }

  /** Asks the port, and asks again while it is just being restarted; the supervisor's restart limit bounds that. */
  async #infoOf(system: ActorSystem): Promise<PortInfo> {
    for (;;) {
      const [port] = await whichChildren(system, portsPath);
      if (port === undefined || port.pid === undefined)
        throw new CallError('noproc', portsPath, 'No exec port runs.');
      if (port.pid === 'restarting') continue;
      try {
        const request: PortInfoRequest = { type: 'port.info' };
        return await system.call(port.pid, request);
      } catch (error) {
        if (!(error instanceof CallError) || (error.code !== 'noproc' && error.code !== 'exit')) throw error;
      }
    }
  }
}
