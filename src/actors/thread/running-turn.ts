import type { CodexTurnStatus } from '../../machines/turn-machine.ts';
import type { TurnFailedError } from '../../protocol/errors/turn-errors.ts';
import type { Usage } from '../../protocol/exec-events.ts';
import { type TurnTask, turnIdBegunBy } from '../../protocol/turn-task.ts';
import { type TurnOutput, TurnTranslation } from '../../protocol/turn-translation.ts';
import { isRecord } from '../../protocol/unread.ts';
import type { PortNotification } from '../exec-port/thread-route.ts';
import type { TurnRequest, TurnSink } from '../turn-request.ts';
import { retryMessage, type TurnRetry } from '../turn-retry.ts';
import { GoalWatch } from './goal-watch.ts';
import type { ItemTelemetry } from './item-telemetry.ts';

/** How Codex said that a turn ended. */
export interface TurnEnd {
  readonly turnId: string;
  readonly status: CodexTurnStatus;
}

type FinalOutput = Extract<TurnOutput, { kind: 'completed' | 'failed' | 'interrupted' }>;

/**
 * The data plane of one turn: what Codex says of it goes from the port's route through the translation straight into its sink. Only
 * its end is held back, for the chart to decide on.
 */
export class RunningTurn {
  readonly messageId: string;
  /** Whether anything that the model produced has arrived, in the present try. */
  modelOutputSeen = false;
  /** Whether the present try did what Codex keeps: a command, a patch, a call of a tool. */
  gotAhead = false;
  /** Whether its end was asked for. */
  isInterrupted = false;
  /** Whether no further try is made of it: its caller makes them, or it is more than an input. */
  readonly isTriedOnce: boolean;
  /** The goal that it pursues; null for a turn with an input. */
  readonly goal: GoalWatch | null;
  /** What it is for; undefined: the answer to a message. */
  readonly task: TurnTask | undefined;
  /** Its id, when its end was asked for before Codex had begun or named what can be interrupted. */
  interruptLater: string | null = null;
  readonly #sink: TurnSink;
  readonly #translation = new TurnTranslation();
  readonly #items: ItemTelemetry | undefined;
  readonly #holdsErrors: boolean;
  /** From an error that Codex does not get over to the turn's end: told only if that is the end for the caller too. */
  #held: Extract<TurnOutput, { kind: 'event' }>['event'][] = [];
  #final: FinalOutput | null = null;
  #inputKept = false;
  #givenUp: TurnFailedError | null = null;
  /** While Codex has ended one turn of the goal and not begun the next. */
  #lastTurnOfGoal: string | null = null;
  #stage: 'first try' | 'pause' | 'another try' = 'first try';
  #innerTurnId: string | null = null;

  /** @param holdsErrors Whether a failed try may be followed by another. */
  constructor(
    turn: { readonly request: TurnRequest; readonly sink: TurnSink },
    items?: ItemTelemetry,
    holdsErrors = false,
  ) {
    this.messageId = turn.request.messageId;
    this.task = turn.request.task;
    this.#sink = turn.sink;
    this.#items = items;
    this.goal = turn.request.goal === undefined ? null : new GoalWatch(turn.request.goal);
    // A review, a compaction or a goal is no turn that one without input could go on with.
    this.isTriedOnce = turn.request.isTriedOnce === true || this.task !== undefined || this.goal !== null;
    this.#holdsErrors = holdsErrors && !this.isTriedOnce;
  }

  /** Codex's id of the turn; null until it has started. */
  get turnId(): string | null {
    return this.#translation.turnId;
  }

  /**
   * Its end is asked for: the id to interrupt it by, or null, and then `interruptLater` is set, while Codex would refuse that. It does for a
   * turn that it has accepted and not begun: "no active turn to interrupt". A review runs within another turn, and only that one can be
   * interrupted.
   */
  interrupted(turnId: string): string | null {
    this.isInterrupted = true;
    const begun = this.turnId === null ? null : turnId;
    const id = this.task?.kind === 'review' ? this.#innerTurnId : begun;
    this.interruptLater = id === null ? turnId : null;
    return id;
  }

  /** Takes a notification of the thread; returns the turn's end when it is that. */
  accept({ method, params }: PortNotification): TurnEnd | undefined {
    this.goal?.accept({ method, params });
    if (!isRecord(params) || (this.turnId === null && !this.#begins(method, params)))
      return this.#endOfGoal();
    if (this.task?.kind === 'review' && method === 'turn/started')
      this.#innerTurnId = turnIdBegunBy(undefined, method, params) ?? null;
    if (method.endsWith('/delta') || method.endsWith('Delta')) {
      this.modelOutputSeen = true;
      if (!this.#sink.wantsDeltas) return undefined;
    } else if (method.startsWith('item/')) this.#noteItem(method, params.item);
    const isEnd = method === 'turn/completed';
    if (this.#held.length > 0 && !isEnd && !this.#isForeign(params)) this.#tellHeld();
    const isHeld = this.#holdsErrors && (isEnd || (method === 'error' && params.willRetry !== true));
    for (const output of this.#translation.translate({ method, params })) this.#give(output, isHeld);
    if (method === 'thread/tokenUsage/updated') this.#sink.usageReported?.(this.#translation.usage);
    return this.#end();
  }

  /** Its failure, where it failed. */
  get failure(): TurnFailedError | null {
    return this.#final?.kind === 'failed' ? this.#final.error : null;
  }

  /** Whether its last try has failed and the next has not begun. */
  get isPausing(): boolean {
    return this.#stage === 'pause';
  }

  /** Whether Codex has its input from a try that failed, so that the next one goes on without. */
  get isContinuation(): boolean {
    return this.#stage !== 'first try' && this.#inputKept;
  }

  /** Whether Codex has its input in the thread. */
  get isInputTaken(): boolean {
    return this.#inputKept;
  }

  /** It is interrupted because nothing good is to be expected of it: its caller is told why. */
  giveUp(error: TurnFailedError): void {
    this.#givenUp = error;
  }

  /** Another try follows: in place of the failure the reader is told of that. */
  retry(retry: TurnRetry): void {
    const events = this.#held.filter(({ type }) => type !== 'error');
    for (const event of [...events, { type: 'error', message: retryMessage(retry) } as const])
      this.#sink.push(event);
    this.retried(retry);
    this.#held = [];
    this.#final = null;
    this.#stage = 'pause';
  }

  /** Tells who asked for it what is known of a retry. */
  retried(retry: TurnRetry): void {
    this.#sink.retried?.(retry);
  }

  /** Codex does not have its input after all: the next try tells it again. */
  inputLost(): void {
    this.#inputKept = false;
  }

  /** The next try begins; true when it goes on from an earlier one. */
  goOn(): boolean {
    if (this.#stage === 'first try') return false;
    this.#stage = 'another try';
    this.modelOutputSeen = false;
    this.gotAhead = false;
    this.#innerTurnId = null;
    this.#translation.retry();
    return true;
  }

  /** Takes a turn as it was read from the resumed thread: what had not arrived before the crash, and its end. */
  deliver(turn: unknown): void {
    for (const output of this.#translation.conclude(turn)) this.#give(output);
  }

  /** What the caller gets as a result; null while the turn has none, and when it was interrupted. */
  get result(): { readonly usage: Usage | null; readonly error: Error | null } | null {
    const final = this.#final;
    if (final === null || final.kind === 'interrupted') return null;
    return final.kind === 'completed'
      ? { usage: final.event.usage, error: null }
      : { usage: null, error: final.error };
  }

  /** Tells the caller the result. */
  settle(): void {
    const final = this.#final;
    this.#tellHeld();
    if (final?.kind === 'completed') this.#sink.complete(final.event);
    else if (final?.kind === 'failed') this.#sink.fail(final.event, final.error);
  }

  /** Its goal has come to an end while none of its turns ran, or was found at its end after a crash. */
  endGoal(): void {
    const usage = this.#translation.usage;
    this.#final = { kind: 'completed', event: { type: 'turn.completed', usage } };
  }

  /** Whether a turn without an id may take this: what an earlier turn left behind may still arrive before this one has begun. */
  #begins(method: string, params: Readonly<Record<string, unknown>>): boolean {
    const turnId = turnIdBegunBy(this.task, method, params);
    if (turnId === undefined) return !('turnId' in params || 'turn' in params);
    if (method === 'turn/started') return true;
    const started = { method: 'turn/started', params: { turn: { id: turnId } } };
    for (const output of this.#translation.translate(started)) this.#give(output);
    return true;
  }

  #noteItem(method: string, item: unknown): void {
    if (!isRecord(item)) return;
    if (item.type === 'userMessage') this.#inputKept ||= item.clientId === this.messageId;
    else {
      this.modelOutputSeen = true;
      if (method === 'item/completed' && !isSaid(item.type)) this.gotAhead = true;
    }
    this.#items?.noted(method, item);
  }

  #tellHeld(): void {
    for (const event of this.#held) this.#sink.push(event);
    this.#held = [];
  }

  #isForeign({ turnId }: Readonly<Record<string, unknown>>): boolean {
    return turnId !== this.turnId;
  }

  #give(output: TurnOutput, isHeld = false): void {
    switch (output.kind) {
      case 'event':
        if (isHeld) this.#held.push(output.event);
        else this.#sink.push(output.event);
        break;
      case 'delta':
        this.#sink.pushDelta(output.delta);
        break;
      case 'completed':
      case 'failed':
        this.#final = output;
        break;
      case 'interrupted':
        this.#final = this.#givenUp === null ? output : failedBy(this.#givenUp);
        break;
    }
  }

  #end(): TurnEnd | undefined {
    const { turnId } = this;
    if (this.#final === null || turnId === null) return undefined;
    if (this.#final.kind !== 'completed' || this.goal?.isOpen !== true)
      return { turnId, status: this.#final.kind };
    this.#lastTurnOfGoal = turnId;
    this.#final = null;
    this.#translation.retry();
    return undefined;
  }

  /** Between two turns of a goal its end is the turn's. */
  #endOfGoal(): TurnEnd | undefined {
    const turnId = this.#lastTurnOfGoal;
    if (this.turnId !== null || turnId === null || this.goal?.isOpen !== false) return undefined;
    this.endGoal();
    return { turnId, status: 'completed' };
  }
}

function failedBy(error: TurnFailedError): FinalOutput {
  return { kind: 'failed', event: { type: 'turn.failed', error: { message: error.message } }, error };
}

/** What a broken stream makes the model say again. */
function isSaid(itemType: unknown): boolean {
  return itemType === 'agentMessage' || itemType === 'reasoning' || itemType === 'plan';
}
