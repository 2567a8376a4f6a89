import { RequestTimeoutError } from '../../protocol/errors/port-errors.ts';
import { RpcError } from '../../protocol/errors/rpc-errors.ts';
import { isRecord } from '../../protocol/unread.ts';
import type { Clock } from '../../supervisor/clock.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import type { PortNotification, PortServerRequest, Respond, ThreadRoute } from '../exec-port/thread-route.ts';
import type { ServerRequestPolicy } from './server-request-policy.ts';
import { interruptTurn } from './turn-submission.ts';

/** Milliseconds that Codex has to end a turn which nobody here follows. */
export const strayTurnTimeoutMs = 10_000;

export interface StrayTurnOptions {
  readonly port: PortConnection;
  readonly threadId: string;
  readonly clock: Clock;
  /** Decides what it asks. */
  readonly serverRequests: ServerRequestPolicy;
  /** Codex's answer to its submission: its id, or null where that does not tell it. */
  readonly answer: Promise<string | null>;
  /** Done before it is interrupted. */
  readonly quiet?: () => Promise<unknown>;
}

/**
 * A turn that was given up before Codex had named it, and that Codex may still begin. It is interrupted as soon as it is heard of: nobody
 * would follow it, and the next `turn/start` would steer it.
 *
 * When Codex does not answer in time, it goes on listening, until the thread's next turn begins.
 */
export class StrayTurn implements ThreadRoute {
  /** Resolves once nothing of it runs any more, or Codex has not told in time. Never rejects. */
  readonly over: Promise<void>;
  readonly #options: StrayTurnOptions;
  /** By id of a turn that is being ended: called when it has ended. */
  readonly #ending = new Map<string, () => void>();
  #isDeaf = false;
  #isOver = false;

  constructor(options: StrayTurnOptions) {
    this.#options = options;
    this.over = this.#follow().then(() => {
      this.#isOver = true;
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes what the thread is told from its port itself, as long as nobody else is attached there. */
  listen(): void {
    const { port, threadId } = this.#options;
    if (!this.#isDeaf) port.attach(threadId, this);
  }

  /** Takes what the thread is told. */
  notify({ method, params }: PortNotification): void {
    if (this.#isDeaf || !isRecord(params) || !isRecord(params.turn)) return;
    const { id } = params.turn;
    if (typeof id !== 'string') return;
    if (method === 'turn/started') void this.#interrupt(id);
    else if (method === 'turn/completed') this.#ending.get(id)?.();
  }

  request(request: PortServerRequest, respond: Respond): void {
    this.#options.serverRequests(request, respond);
  }

  /** Hears no more: from now on what begins in the thread is the next turn. */
  close(): void {
    const { port, threadId } = this.#options;
    this.#isDeaf = true;
    port.detach(threadId, this);
  }

  async #follow(): Promise<void> {
    try {
      const turnId = (await this.#options.answer) ?? (await this.#runningTurn());
      if (turnId !== null) await this.#end(turnId);
    } catch (error) {
      // Refused, or with a dead process: nothing begins. Without an answer it may still begin.
      if (!RequestTimeoutError.isInstance(error)) this.close();
    }
  }

  async #runningTurn(): Promise<string | null> {
    await this.#options.quiet?.();
    const turn = await this.#newestTurn();
    return turn?.status === 'inProgress' ? turn.id : null;
  }

  async #newestTurn() {
    const { port, threadId } = this.#options;
    const newest = { limit: 1, sortDirection: 'desc', itemsView: 'notLoaded' } as const;
    return (await port.request('thread/turns/list', { threadId, ...newest })).data[0];
  }

  #end(turnId: string): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimer(strayTurnTimeoutMs, resolve);
      this.#ending.set(turnId, () => {
        this.#options.clock.cancelTimer(timer);
        this.close();
        resolve();
      });
      void this.#interrupt(turnId);
    });
  }

  /** Codex refuses it for a turn that has ended, and for one that it has accepted and not begun. */
  async #interrupt(turnId: string): Promise<void> {
    try {
      await this.#options.quiet?.();
      await interruptTurn(this.#options, turnId);
    } catch (error) {
      if (!RpcError.isInstance(error) || (await this.#hasEnded(turnId))) this.#ending.get(turnId)?.();
    }
  }

  async #hasEnded(turnId: string): Promise<boolean> {
    const newest = await this.#newestTurn().catch(() => undefined);
    return newest?.id === turnId && newest.status !== 'inProgress';
  }
}
