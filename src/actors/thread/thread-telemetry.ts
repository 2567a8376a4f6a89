import type { ReconciliationVerdict, TurnOutcome } from '../../machines/turn-machine.ts';
import type { Usage } from '../../protocol/exec-events.ts';
import type { AttachedFile } from '../../telemetry/events.ts';
import type { Span } from '../../telemetry/span.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { StagedFile } from '../tools/tool.ts';
import type { TurnRetry } from '../turn-retry.ts';
import { ItemTelemetry } from './item-telemetry.ts';
import type { ThreadEntry } from './thread-entry.ts';

const verdictNames = { deliver: 'delivered', cut_off: 'cut_off', resubmit: 'resubmitted' } as const;

/** How a turn ended, with what Codex said of it. */
export interface TurnEndFacts {
  readonly outcome: TurnOutcome;
  /** Null where Codex reported none. */
  readonly usage: Usage | null;
  /** What the caller is told instead of a result; null for a completed turn. */
  readonly error: Error | null;
}

/**
 * Publishes what one thread, its turns and their items do, as spans: the thread from its opening to its letting go, each turn from its
 * submission to its outcome, each item inside its turn. Without a bus, or without subscribers, a call is a look-up or two.
 */
export class ThreadTelemetry {
  readonly #bus: TelemetryBus | undefined;
  readonly #path: string;
  readonly #entry: ThreadEntry;
  #thread: Span | undefined = undefined;
  #turn: Span | undefined = undefined;
  #items: ItemTelemetry | undefined = undefined;
  #recovery: Span | undefined = undefined;
  #turnCount = 0;

  constructor(bus: TelemetryBus | undefined, path: string, entry: ThreadEntry) {
    this.#bus = bus;
    this.#path = path;
    this.#entry = entry;
  }

  /** The thread is open on a port: for the first time, or again after its port's death. */
  opened(): void {
    const [bus, recovery] = [this.#bus, this.#recovery];
    if (bus === undefined) return;
    if (recovery !== undefined) {
      this.#recovery = undefined;
      bus.publish('thread.resumed', () => ({ ...this.#fields(), recoveryMs: recovery.durationMs }));
    }
    if (this.#thread !== undefined) return;
    const span = bus.span();
    this.#thread = span;
    bus.publish('thread.start', () => ({
      ...span.opened(),
      ...this.#fields(),
      resumed: this.#entry.resumed,
    }));
  }

  /** Its port is gone. */
  portLost(error: Error): void {
    const bus = this.#bus;
    if (bus === undefined) return;
    this.#recovery ??= bus.span();
    bus.publish('thread.recovering', () => ({ ...this.#fields(), error: bus.error(error) }));
  }

  /** Its actor has ended, in order or by `error`. */
  ended(error: unknown): void {
    const [bus, span] = [this.#bus, this.#thread];
    this.#thread = undefined;
    if (bus === undefined || span === undefined) return;
    const turnCount = this.#turnCount;
    if (error === undefined)
      bus.publish('thread.stop', () => ({ ...span.closed(), ...this.#fields(), turnCount }));
    else
      bus.publish('thread.exception', () => ({
        ...span.closed(),
        ...this.#fields(),
        error: bus.error(error),
      }));
  }

  /** What tells of the running turn's items; undefined without a bus. `turnId` is asked for when an event is told. */
  itemsOf(turnId: () => string | null): ItemTelemetry | undefined {
    const [bus, turn] = [this.#bus, this.#turn];
    if (bus === undefined || turn === undefined) return undefined;
    this.#items = new ItemTelemetry(bus, turn, () => ({ ...this.#fields(), turnId: turnId() }));
    return this.#items;
  }

  /** A turn goes to Codex; again, when it never ran before a crash: then its span goes on. */
  turnSubmitted(queuedMs: number, attachments: readonly StagedFile[] = []): void {
    const bus = this.#bus;
    if (bus === undefined || this.#turn !== undefined) return;
    const span = bus.span(this.#thread);
    this.#turn = span;
    this.#turnCount += 1;
    const given = attachments.length === 0 ? {} : { attachments: attachments.map(attachedFile) };
    bus.publish('turn.start', () => ({
      ...span.opened(),
      ...this.#fields(),
      turnId: null,
      queuedMs,
      ...given,
    }));
  }

  turnReconciled(found: ReconciliationVerdict): void {
    // An operation is no turn of Codex's, and has no id.
    const turnId = 'turnId' in found && found.turnId !== '' ? found.turnId : null;
    const verdict = verdictNames[found.kind];
    this.#bus?.publish('turn.reconciled', () => ({ ...this.#fields(), turnId, verdict }));
  }

  /** A try of the turn failed, and another follows. */
  turnRetried({ by, attempt, attemptsMax, delayMs, error }: TurnRetry, turnId: string | null): void {
    const bus = this.#bus;
    bus?.publish('turn.retry', () => ({
      ...this.#fields(),
      turnId,
      by,
      attempt,
      attemptsMax,
      delayMs,
      error: bus.error(error),
    }));
  }

  /** The turn has its outcome. Those that Codex ended are stops, all others exceptions. */
  turnEnded({ outcome, usage, error }: TurnEndFacts): void {
    const [bus, span] = [this.#bus, this.#turn];
    this.#turn = undefined;
    this.#items?.turnEnded(error);
    this.#items = undefined;
    if (bus === undefined || span === undefined) return;
    const turnId = 'turnId' in outcome ? outcome.turnId : null;
    const failure = error === null ? {} : { error: bus.error(error) };
    if (outcome.kind === 'ended') {
      const { status } = outcome;
      const facts = status === 'failed' ? failure : {};
      bus.publish('turn.stop', () => ({
        ...span.closed(),
        ...this.#fields(),
        turnId,
        outcome: status,
        usage,
        ...facts,
      }));
    } else {
      bus.publish('turn.exception', () => ({
        ...span.closed(),
        ...this.#fields(),
        turnId,
        error: bus.error(error),
      }));
    }
  }

  #fields() {
    return { path: this.#path, threadId: this.#entry.threadId };
  }
}

function attachedFile({ id, name, contentType, size }: StagedFile): AttachedFile {
  return { attachmentId: id, attachmentName: name, contentType, sizeBytes: size };
}
