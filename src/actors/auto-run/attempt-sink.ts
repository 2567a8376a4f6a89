import type { ThreadEvent, TurnCompletedEvent, TurnFailedEvent, Usage } from '../../protocol/exec-events.ts';
import type { TurnSink } from '../turn-request.ts';
import type { PushedEvent } from '../turn-sink.ts';
import type { AttemptRecord } from './auto-run-record.ts';

/** Told of an attempt as it goes. */
export interface AttemptReader {
  readonly record: AttemptRecord;
  /** The thread's id is known. */
  threadStarted(threadId: string): void;
  /** Takes each event, also the last. It must not throw. */
  event(event: ThreadEvent): void;
  /** Whether the budget is spent by what Codex has reported. */
  readonly isBudgetSpent: () => boolean;
  /** The budget is spent, and the model will be asked again. */
  goesOnWithoutBudget(): void;
  /** Told once how it ended; null when it completed. */
  ended(error: Error | null): void;
}

/** Items after which the model is asked again. */
const workItems: ReadonlySet<string> = new Set([
  'command_execution',
  'file_change',
  'mcp_tool_call',
  'dynamic_tool_call',
]);

/**
 * Reads one turn of an auto-run. Deltas are asked for until the first has come, for its time.
 *
 * A turn that crosses the budget with its last answer is let finish. One that goes on, because the model has called for work, is not.
 */
export class AttemptSink implements TurnSink {
  readonly #reader: AttemptReader;
  #settled = false;
  #asksAgain = false;

  constructor(reader: AttemptReader) {
    this.#reader = reader;
  }

  get settled(): boolean {
    return this.#settled;
  }

  get wantsDeltas(): boolean {
    return !this.#settled && !this.#reader.record.hasToken;
  }

  threadStarted(threadId: string, isNew: boolean): void {
    if (this.#settled) return;
    this.#reader.record.submitted();
    if (isNew) this.#reader.threadStarted(threadId);
  }

  push(event: PushedEvent): void {
    if (this.#settled) return;
    const { record } = this.#reader;
    if ('item' in event && event.item.type !== 'error') {
      record.tokenSeen();
      if (workItems.has(event.item.type)) this.#workSeen();
    }
    if (event.type === 'item.completed') record.itemCompleted(event.item);
    this.#take(event);
  }

  pushDelta(): void {
    this.#reader.record.tokenSeen();
  }

  usageReported(usage: Usage): void {
    if (this.#settled) return;
    this.#reader.record.usageReported(usage);
    const goesOn = this.#asksAgain;
    this.#asksAgain = false;
    if (goesOn && this.#reader.isBudgetSpent()) this.#reader.goesOnWithoutBudget();
  }

  complete(event: TurnCompletedEvent): void {
    this.#reader.record.usageReported(event.usage);
    this.#end(event, null);
  }

  fail(event: TurnFailedEvent, error: Error): void {
    this.#end(event, error);
  }

  abandon(error: Error): void {
    this.#end(null, error);
  }

  #workSeen(): void {
    this.#asksAgain = true;
    if (this.#reader.isBudgetSpent()) this.#reader.goesOnWithoutBudget();
  }

  #take(event: ThreadEvent): void {
    if (!this.#settled) this.#reader.event(event);
  }

  #end(event: TurnCompletedEvent | TurnFailedEvent | null, error: Error | null): void {
    if (this.#settled) return;
    if (event !== null) this.#take(event);
    this.#settled = true;
    this.#reader.ended(error);
  }
}
