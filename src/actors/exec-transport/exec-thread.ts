import { QueueFullError, ThreadClosedError } from '../../protocol/errors/call-errors.ts';
import { TurnInterruptedError } from '../../protocol/errors/turn-errors.ts';
import { noUsage, type Usage } from '../../protocol/exec-events.ts';
import type { TurnRequest, TurnSink } from '../turn-request.ts';
import type { TransportThread } from '../turn-transport.ts';
import type { ExecProcessEnd, ExecTurnInput } from './exec-turn.ts';
import type { TurnSoFar } from './process-end-error.ts';
import { RunningTurn, type RunningTurnOwner, type SkippedLine } from './running-turn.ts';
import { readUsage, turnUsage } from './turn-usage.ts';

/** Turns that may wait on one thread; the next is refused with `QueueFullError`. */
export const queuedTurnsMax = 64;

/** The process actor of a turn, as its thread sees it. */
export interface TurnProcess {
  interrupt(): void;
}

/** What a thread needs of the transport. */
export interface ExecThreadHost {
  /** What a turn's process is given, but for who listens. Rejects for input or options that cannot be used. */
  prepare(turn: TurnRequest, threadId: string | null): Promise<Omit<ExecTurnInput, 'listener'>>;
  /** Starts a turn's process under supervision; rejects when it cannot. */
  startTurn(input: ExecTurnInput): Promise<TurnProcess>;
  lineSkipped(line: SkippedLine): void;
  /** The error of a turn whose process ended without a word of Codex. */
  processEndError(end: ExecProcessEnd, turn: Omit<TurnSoFar, 'options'>): Error;
  /** The thread has begun to run turns, or has none left. */
  busy(thread: ExecThread): void;
  idle(thread: ExecThread): void;
}

interface WaitingTurn {
  readonly turn: TurnRequest;
  readonly sink: TurnSink;
}

/** A Codex thread whose turns are processes: one at a time, in order, each resuming what the one before has written. */
export class ExecThread implements TransportThread, RunningTurnOwner {
  readonly #host: ExecThreadHost;
  readonly #waiting: WaitingTurn[] = [];
  #id: string | null;
  #total: Usage | 'none' | 'unknown';
  #running: RunningTurn | undefined = undefined;
  #closed = false;
  readonly #idleWaiters: (() => void)[] = [];

  constructor(host: ExecThreadHost, threadId: string | null) {
    this.#host = host;
    this.#id = threadId;
    this.#total = threadId === null ? 'none' : 'unknown';
  }

  get id(): string | null {
    return this.#id;
  }

  start(turn: TurnRequest, sink: TurnSink): void {
    if (this.#closed) throw new ThreadClosedError(this.#id);
    if (this.#waiting.length >= queuedTurnsMax) {
      throw new QueueFullError(`turns of thread ${this.#id ?? '(not started)'}`, queuedTurnsMax);
    }
    this.#waiting.push({ turn, sink });
    this.#next();
  }

  interrupt(messageId: string): void {
    if (this.#running?.turn.messageId === messageId) {
      this.#running.interrupt();
      return;
    }
    const position = this.#waiting.findIndex(({ turn }) => turn.messageId === messageId);
    const [waiting] = position === -1 ? [] : this.#waiting.splice(position, 1);
    waiting?.sink.abandon(new TurnInterruptedError('turn_interrupted', { threadId: this.#id, turnId: null }));
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const { sink } of this.#waiting.splice(0)) sink.abandon(new ThreadClosedError(this.#id));
    if (this.#running === undefined) return Promise.resolve();
    this.#running.interrupt();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  threadStarted(threadId: string): void {
    this.#id = threadId;
  }

  usageOf(reported: unknown): Usage {
    const total = readUsage(reported);
    if (total === undefined) return { ...noUsage };
    const usage = turnUsage(this.#total, total);
    this.#total = total;
    return usage;
  }

  lineSkipped(line: SkippedLine): void {
    this.#host.lineSkipped(line);
  }

  processEndError(end: ExecProcessEnd, turn: Pick<TurnSoFar, 'interrupted' | 'begun'>): Error {
    return this.#host.processEndError(end, { ...turn, threadId: this.#id });
  }

  turnEnded(): void {
    this.#running = undefined;
    this.#next();
    if (this.#running !== undefined) return;
    this.#host.idle(this);
    for (const wake of this.#idleWaiters.splice(0)) wake();
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const running = new RunningTurn(next.turn, next.sink, this);
    this.#running = running;
    this.#host.busy(this);
    void this.#run(running);
  }

  async #run(running: RunningTurn): Promise<void> {
    try {
      const input = await this.#host.prepare(running.turn, this.#id);
      const process = await this.#host.startTurn({ ...input, listener: running });
      running.started(() => process.interrupt());
    } catch (error) {
      running.startFailed(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
