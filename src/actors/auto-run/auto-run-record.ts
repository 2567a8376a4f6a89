import type { AttemptNumber, AutoRunOutcome } from '../../machines/auto-run-machine.ts';
import { noUsage, type ThreadEvent, type Usage } from '../../protocol/exec-events.ts';
import type { ThreadItem } from '../../protocol/exec-items.ts';
import { usageSum } from '../../protocol/turn-usage.ts';
import type { Clock } from '../../supervisor/clock.ts';
import type { TurnResult } from '../turn-collector.ts';
import type { AutoRunAttempt, AutoRunProgress, AutoRunResult } from './auto-run-result.ts';
import { LatestEntries } from './latest-entries.ts';

/** Events of one auto-run that its result holds; beyond it the oldest are forgotten, and counted. */
export const autoRunEventsMax = 100_000;

/** Characters of the texts in them; beyond it likewise. The newest event is always held. */
export const autoRunEventCharsMax = 67_108_864;

const limits = { countMax: autoRunEventsMax, charsMax: autoRunEventCharsMax };

/** What is known of an attempt while it is under way. */
export class AttemptRecord {
  readonly number: AttemptNumber;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #items = new LatestEntries<ThreadItem>(limits);
  #finalResponse = '';
  #queueMs: number | null = null;
  #firstTokenMs: number | null = null;
  #usage: Usage | null = null;

  constructor(number: AttemptNumber, clock: Clock) {
    this.number = number;
    this.#clock = clock;
    this.#startedAtMs = clock.now();
  }

  get startedAtMs(): number {
    return this.#startedAtMs;
  }

  get usage(): Usage {
    return this.#usage ?? { ...noUsage };
  }

  /** Whether the model has said anything. */
  get hasToken(): boolean {
    return this.#firstTokenMs !== null;
  }

  /** It goes to Codex; again, when it never ran before a crash. */
  submitted(): void {
    this.#queueMs ??= this.#elapsedMs;
  }

  tokenSeen(): void {
    this.#firstTokenMs ??= this.#elapsedMs;
  }

  itemCompleted(item: ThreadItem): void {
    if (item.type === 'agent_message') this.#finalResponse = item.text;
    this.#items.push(item);
  }

  usageReported(usage: Usage): void {
    this.#usage = usage;
  }

  ended(error: Error | null): AutoRunAttempt {
    const latency = {
      queueMs: this.#queueMs,
      firstTokenMs: this.#firstTokenMs,
      totalMs: this.#elapsedMs,
    };
    const status = error === null ? 'completed' : 'failed';
    return { ...this.number, status, error, usage: this.usage, latency };
  }

  /** As `run` would have given it. To be taken once: the items go with it. */
  result(): TurnResult {
    return { items: this.#items.drain(), finalResponse: this.#finalResponse, usage: this.#usage };
  }

  get #elapsedMs(): number {
    return this.#clock.now() - this.#startedAtMs;
  }
}

/** All that an auto-run has done so far, in bounded memory. */
export class AutoRunRecord {
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #events = new LatestEntries<ThreadEvent>(limits);
  readonly #attempts: AutoRunAttempt[] = [];
  #eventsDropped = 0;
  #turns = 0;
  #usage: Usage = { ...noUsage };
  #finalResponse = '';
  #queueMs: number | null = null;
  #firstTokenMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAtMs = clock.now();
  }

  note(event: ThreadEvent): void {
    this.#eventsDropped += this.#events.push(event);
    if (event.type === 'item.completed' && event.item.type === 'agent_message')
      this.#finalResponse = event.item.text;
  }

  begin(number: AttemptNumber): AttemptRecord {
    return new AttemptRecord(number, this.#clock);
  }

  end(record: AttemptRecord, error: Error | null): AutoRunAttempt {
    const attempt = record.ended(error);
    const { firstTokenMs, queueMs } = attempt.latency;
    if (this.#attempts.length === 0) this.#queueMs = queueMs;
    if (firstTokenMs !== null) this.#firstTokenMs ??= record.startedAtMs - this.#startedAtMs + firstTokenMs;
    if (error === null) this.#turns += 1;
    this.#usage = usageSum(this.#usage, attempt.usage);
    this.#attempts.push(attempt);
    return attempt;
  }

  /** What the budget counts, with what an attempt under way has used so far. */
  tokensSpent(open: Usage = noUsage): number {
    const { input_tokens, cached_input_tokens, output_tokens } = usageSum(this.#usage, open);
    return input_tokens - cached_input_tokens + output_tokens;
  }

  progress(): AutoRunProgress {
    return { turns: this.#turns, attempts: [...this.#attempts], usage: this.#usage };
  }

  /** To be taken once: the events go with it. */
  result(outcome: AutoRunOutcome, threadId: string | null): AutoRunResult {
    const events = this.#events.drain();
    const items = events.flatMap((event) => (event.type === 'item.completed' ? [event.item] : []));
    const latency = {
      queueMs: this.#queueMs,
      firstTokenMs: this.#firstTokenMs,
      totalMs: this.#clock.now() - this.#startedAtMs,
    };
    const facts = { threadId, events, items, latency, ...this.progress() };
    const ending = outcome.status === 'done' ? { ...outcome, error: null } : outcome;
    return {
      ...ending,
      ...facts,
      eventsDropped: this.#eventsDropped,
      finalResponse: this.#finalResponse,
    };
  }
}
