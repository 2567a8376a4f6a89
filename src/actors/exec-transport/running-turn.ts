import { unexplainedFailure } from '../../protocol/errors/turn-failure.ts';
import { parseExecEvent, type ThreadEvent, type Usage } from '../../protocol/exec-events.ts';
import type { TurnRequest, TurnSink } from '../turn-request.ts';
import type { ExecProcessEnd, ExecTurnListener } from './exec-turn.ts';
import { turnFailureOf } from './failure-text.ts';
import type { TurnSoFar } from './process-end-error.ts';

/** A line of stdout that told nothing, and cost only itself. */
export interface SkippedLine {
  readonly why: 'garbage' | 'too_long';
  readonly lineBytes: number;
}

/** What a turn tells its thread. */
export interface RunningTurnOwner {
  /** Codex has named the thread. */
  threadStarted(threadId: string): void;
  /** The turn's own usage, for the total that Codex reports; undefined where it reports none. */
  usageOf(total: unknown): Usage;
  lineSkipped(line: SkippedLine): void;
  /** The error of a turn whose process ended without a word of Codex. */
  processEndError(end: ExecProcessEnd, turn: Pick<TurnSoFar, 'interrupted' | 'begun'>): Error;
  /** Nothing of the turn runs any more, and its sink is settled. Comes exactly once. */
  turnEnded(): void;
}

/**
 * A turn and the process that runs it: reads the process's lines into the turn's sink, and settles the sink once.
 *
 * A turn is over when Codex says so, however long the process then takes to exit; one that was interrupted is over when
 * nothing of it runs any more. Where the process ends without a word of Codex, the way it ended is the error.
 */
export class RunningTurn implements ExecTurnListener {
  readonly turn: TurnRequest;
  readonly #sink: TurnSink;
  readonly #owner: RunningTurnOwner;
  #interrupt: (() => void) | undefined = undefined;
  #interrupted = false;
  #settle: (() => void) | undefined = undefined;
  #lastError: string | undefined = undefined;
  #begun = false;
  #ended = false;

  constructor(turn: TurnRequest, sink: TurnSink, owner: RunningTurnOwner) {
    this.turn = turn;
    this.#sink = sink;
    this.#owner = owner;
  }

  /** The process actor runs; `interrupt` asks it to end its process. */
  started(interrupt: () => void): void {
    this.#interrupt = interrupt;
    if (this.#interrupted) interrupt();
  }

  /** There is no process and will be none. */
  startFailed(error: Error): void {
    this.#settle ??= () => this.#sink.abandon(error);
    this.#end();
  }

  /** Ends the turn before its time; settles once nothing of it runs any more. */
  interrupt(): void {
    if (this.#interrupted || this.#settle !== undefined) return;
    this.#interrupted = true;
    this.#interrupt?.();
  }

  line(text: string): boolean {
    const parsed = parseExecEvent(text);
    switch (parsed.kind) {
      case 'event':
        return this.#event(parsed.event);
      case 'malformed':
        return this.#malformed(parsed.type, text);
      case 'garbage':
        this.#owner.lineSkipped({ why: 'garbage', lineBytes: Buffer.byteLength(text) });
        return false;
    }
  }

  lineSkipped(lineBytes: number): void {
    this.#owner.lineSkipped({ why: 'too_long', lineBytes });
  }

  ended(end: ExecProcessEnd): void {
    this.#settle ??= () => this.#endWithoutVerdict(end);
    this.#end();
  }

  #event(event: ThreadEvent): boolean {
    // Nothing follows the end of a turn; what does all the same belongs to no turn.
    if (this.#settle !== undefined) return true;
    switch (event.type) {
      case 'thread.started':
        this.#begun = true;
        this.#owner.threadStarted(event.thread_id);
        this.#sink.threadStarted(event.thread_id, true);
        return false;
      case 'turn.completed':
        return this.#over(() => this.#sink.complete({ ...event, usage: this.#owner.usageOf(event.usage) }));
      case 'turn.failed':
        // The failure is that it was interrupted, and the process still has things to end.
        if (this.#interrupted) return true;
        return this.#over(() => this.#sink.fail(event, turnFailureOf(event.error.message)));
      case 'error':
        this.#lastError = event.message;
        this.#sink.push(event);
        return false;
      default:
        this.#sink.push(event);
        return false;
    }
  }

  /** An end of the turn is one even if it is not whole; anything else that is not whole is of no use. */
  #malformed(type: ThreadEvent['type'], text: string): boolean {
    if (type === 'turn.completed') {
      return this.#over(() => this.#sink.complete({ type, usage: this.#owner.usageOf(undefined) }));
    }
    if (type === 'turn.failed') {
      return this.#event({ type, error: { message: this.#lastError ?? unexplainedFailure } });
    }
    this.#owner.lineSkipped({ why: 'garbage', lineBytes: Buffer.byteLength(text) });
    return false;
  }

  #over(settle: () => void): true {
    if (this.#settle === undefined) {
      this.#settle = once(settle);
      if (!this.#interrupted) this.#settle();
    }
    return true;
  }

  #endWithoutVerdict(end: ExecProcessEnd): void {
    const failed = this.#lastError;
    if (!this.#interrupted && failed !== undefined && end.kind === 'exited' && end.signal === null) {
      this.#sink.fail({ type: 'turn.failed', error: { message: failed } }, turnFailureOf(failed));
      return;
    }
    this.#sink.abandon(
      this.#owner.processEndError(end, { interrupted: this.#interrupted, begun: this.#begun }),
    );
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#settle?.();
    this.#owner.turnEnded();
  }
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}
