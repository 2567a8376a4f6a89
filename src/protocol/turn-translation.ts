import type { AppServerItem, AppServerTurn, NotificationParams } from './app-server.ts';
import type { TurnFailedError } from './errors/turn-errors.ts';
import { turnErrorMessage, turnFailure } from './errors/turn-failure.ts';
import type {
  ItemDeltaKind,
  ThreadEvent,
  TurnCompletedEvent,
  TurnFailedEvent,
  Usage,
} from './exec-events.ts';
import type { ThreadItem, TodoItem } from './exec-items.ts';
import { ItemNumbers } from './item-numbers.ts';
import { translateItem } from './item-translation.ts';
import { ReasoningDeltas } from './reasoning-deltas.ts';
import { TurnUsage } from './turn-usage.ts';
import { arrayOrEmpty, isRecord, stringOr, unread } from './unread.ts';

/** An event within a turn: all but those that begin a thread or end a turn. */
export type TurnEvent = Exclude<ThreadEvent, { type: 'thread.started' | 'turn.completed' | 'turn.failed' }>;

/** What a notification means for those who follow a turn. After `completed`, `failed` or `interrupted` nothing comes. */
export type TurnOutput =
  | { readonly kind: 'event'; readonly event: TurnEvent }
  | { readonly kind: 'delta'; readonly delta: TurnDelta }
  | { readonly kind: 'completed'; readonly event: TurnCompletedEvent }
  | { readonly kind: 'failed'; readonly event: TurnFailedEvent; readonly error: TurnFailedError }
  | { readonly kind: 'interrupted' };

/** A piece of an item that is still growing. */
export interface TurnDelta {
  /** As in the item's events. */
  readonly itemId: string;
  readonly kind: ItemDeltaKind;
  readonly delta: string;
}

/** A notification of the app-server, with params as they came. */
export interface TurnNotification {
  readonly method: string;
  readonly params: unknown;
}

const nothing: readonly TurnOutput[] = [];

/**
 * Turns what the app-server says of one turn into the events of `codex exec --json`, in exec's order and with exec's ids.
 *
 * A state machine without effects: `running`, then ended. It takes any notification; those of other turns, of unknown methods or
 * without the fields that make them one give nothing. Where it does more than exec:
 *
 * - `turn.completed` carries the turn's own usage, not the thread's total.
 * - Items that are open when the turn completes or fails are completed in their last known state: a command that runs on in the
 *   background has `status: 'in_progress'`. Those of an interrupted turn are dropped.
 * - A number is given to an item with its first delta. Where exec writes no deltas, it numbers a message at its end; the ids differ
 *   where another item came in between.
 *
 * @example for (const output of translation.translate({ method, params })) deliver(output);
 */
export class TurnTranslation {
  #turnId: string | null;
  #ended = false;
  readonly #numbers = new ItemNumbers();
  readonly #usage = new TurnUsage();
  readonly #reasoning = new ReasoningDeltas();
  /** Codex's ids of the items that were told as completed. */
  readonly #completed = new Set<string>();
  /** Started and not completed: Codex's id → the item as last seen. */
  readonly #open = new Map<string, ThreadItem>();
  #todoListId: string | undefined;
  #started = false;
  /** The message of the last error that Codex does not retry. */
  #lastError: string | undefined;

  /** @param turnId The turn's id where it is known already; else that of the first `turn/started`. */
  constructor(turnId: string | null = null) {
    this.#turnId = turnId;
  }

  /** The turn's id, once known. */
  get turnId(): string | null {
    return this.#turnId;
  }

  /** The turn's own tokens, as far as Codex has reported them. */
  get usage(): Usage {
    return this.#usage.usage;
  }

  /** Whether the turn has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Goes on with the next turn that Codex starts: it takes the place of this one, which failed, and for those who follow both are one.
   * Items keep counting, the usage adds up, and its beginning is not told again.
   */
  retry(): void {
    this.#turnId = null;
    this.#ended = false;
    this.#lastError = undefined;
  }

  /** What the notification means, in order. */
  translate({ method, params }: TurnNotification): readonly TurnOutput[] {
    if (this.#ended || !isRecord(params) || this.#isForeign(params)) return nothing;
    switch (method) {
      case 'item/agentMessage/delta':
        return this.#delta('text', params);
      case 'item/commandExecution/outputDelta':
        return this.#delta('output', params);
      case 'item/plan/delta':
        return this.#delta('plan', params);
      case 'item/fileChange/outputDelta':
        return this.#delta('patch', params);
      case 'item/reasoning/summaryTextDelta':
      case 'item/reasoning/textDelta':
        return this.#delta('reasoning', { ...params, delta: this.#reasoning.textOf(method, params) });
      case 'item/started':
        return this.#itemStarted(unread<NotificationParams<'item/started'>>(params).item);
      case 'item/completed':
        return this.#itemCompleted(unread<NotificationParams<'item/completed'>>(params).item);
      case 'turn/plan/updated':
        return this.#planUpdated(unread<NotificationParams<'turn/plan/updated'>>(params).plan);
      case 'thread/tokenUsage/updated':
        this.#usage.update(unread<NotificationParams<'thread/tokenUsage/updated'>>(params).tokenUsage);
        return nothing;
      case 'turn/started':
        return this.#turnStarted(params);
      case 'turn/completed':
        return this.#turnCompleted(unread<NotificationParams<'turn/completed'>>(params).turn);
      case 'error':
        return this.#error(params);
      default:
        return this.#warning(method, params);
    }
  }

  /**
   * Ends the translation with the turn as Codex has kept it (`thread/turns/list` with full items): tells what was not told before, under
   * the ids that it has by now. For a turn whose end was lost with its process.
   *
   * The usage is what was reported before the loss, zeros if nothing was: Codex keeps none. Nothing comes of a turn that still runs.
   */
  conclude(turn: unknown): readonly TurnOutput[] {
    const { id, status, items } = unread<AppServerTurn>(turn);
    if (this.#ended || status === 'inProgress' || this.#isForeign({ turnId: id })) return nothing;
    const beginning = this.#started ? nothing : this.#turnStarted({ turn });
    if (status === 'interrupted') return [...beginning, ...this.#turnCompleted(turn)];
    const untold = arrayOrEmpty(items).filter(
      (item) => !this.#completed.has(String(unread<AppServerItem>(item).id)),
    );
    return [
      ...beginning,
      ...untold.flatMap((item) => this.#itemCompleted(item)),
      ...this.#turnCompleted(turn),
    ];
  }

  /** A command of an earlier turn may end after its turn: its notifications carry that turn's id. */
  #isForeign(params: Readonly<Record<string, unknown>>): boolean {
    const turnId = params.turnId ?? (isRecord(params.turn) ? params.turn.id : undefined);
    return typeof turnId === 'string' && this.#turnId !== null && turnId !== this.#turnId;
  }

  #delta(kind: ItemDeltaKind, params: Readonly<Record<string, unknown>>): readonly TurnOutput[] {
    const { itemId, delta } = params;
    if (typeof itemId !== 'string' || typeof delta !== 'string' || delta === '') return nothing;
    return [{ kind: 'delta', delta: { itemId: this.#numbers.idOf(itemId), kind, delta } }];
  }

  #turnStarted(params: Readonly<Record<string, unknown>>): readonly TurnOutput[] {
    const { turn } = unread<NotificationParams<'turn/started'>>(params);
    this.#turnId ??= stringOr(unread<AppServerTurn>(turn).id, null);
    if (this.#started) return nothing;
    this.#started = true;
    return [{ kind: 'event', event: { type: 'turn.started' } }];
  }

  #itemStarted(item: unknown): readonly TurnOutput[] {
    const { id, type } = unread<AppServerItem>(item);
    // As in exec, texts are told when they are whole.
    if (typeof id !== 'string' || type === 'agentMessage' || type === 'reasoning' || type === 'plan')
      return nothing;
    const translated = this.#translated(item, id);
    if (translated === undefined) return nothing;
    this.#open.set(id, translated);
    return [{ kind: 'event', event: { type: 'item.started', item: translated } }];
  }

  #itemCompleted(item: unknown): readonly TurnOutput[] {
    const { id } = unread<AppServerItem>(item);
    if (typeof id !== 'string') return nothing;
    this.#open.delete(id);
    this.#completed.add(id);
    const translated = this.#translated(item, id);
    return translated === undefined ? nothing : [completed(translated)];
  }

  /** Numbers are given only to what is told: an item that exec leaves out takes none. */
  #translated(item: unknown, codexId: string): ThreadItem | undefined {
    const draft = translateItem(item, codexId);
    if (draft === undefined) return undefined;
    if (draft.type === 'web_search') {
      this.#numbers.keepOwn(codexId);
      return draft;
    }
    return { ...draft, id: this.#numbers.idOf(codexId) };
  }

  #planUpdated(plan: unknown): readonly TurnOutput[] {
    const items = arrayOrEmpty(plan).map(todoItem);
    const isFirst = this.#todoListId === undefined;
    this.#todoListId ??= this.#numbers.fresh();
    const item: ThreadItem = { id: this.#todoListId, type: 'todo_list', items };
    this.#open.set(this.#todoListId, item);
    return [{ kind: 'event', event: { type: isFirst ? 'item.started' : 'item.updated', item } }];
  }

  #error(params: Readonly<Record<string, unknown>>): readonly TurnOutput[] {
    const { error, willRetry } = unread<NotificationParams<'error'>>(params);
    const message = turnErrorMessage(error);
    if (message === undefined) return nothing;
    if (willRetry !== true) this.#lastError = message;
    return [{ kind: 'event', event: { type: 'error', message } }];
  }

  #warning(method: string, params: Readonly<Record<string, unknown>>): readonly TurnOutput[] {
    const message = warningMessage(method, params);
    if (message === undefined) return nothing;
    return [completed({ id: this.#numbers.fresh(), type: 'error', message })];
  }

  #turnCompleted(turn: unknown): readonly TurnOutput[] {
    const { status, error, completedAt } = unread<AppServerTurn>(turn);
    if (status === 'inProgress') return nothing;
    this.#ended = true;
    if (status === 'interrupted') return [{ kind: 'interrupted' }];
    const closing = [...this.#open.values()].map(completed);
    if (status === 'completed')
      return [...closing, { kind: 'completed', event: { type: 'turn.completed', usage: this.#usage.usage } }];
    const told = isRecord(error) ? error : { message: this.#lastError };
    const failure = turnFailure(
      told,
      this.#turnId,
      typeof completedAt === 'number' ? completedAt * 1_000 : null,
    );
    const message = turnErrorMessage(error) ?? failure.message;
    return [
      ...closing,
      { kind: 'failed', event: { type: 'turn.failed', error: { message } }, error: failure },
    ];
  }
}

function completed(item: ThreadItem): TurnOutput {
  return { kind: 'event', event: { type: 'item.completed', item } };
}

function todoItem(step: unknown): TodoItem {
  const given = unread<{ step: string; status: string }>(step);
  return { text: stringOr(given.step, ''), completed: given.status === 'completed' };
}

/** What exec tells as an item of type `error`, though the turn goes on. */
function warningMessage(method: string, params: Readonly<Record<string, unknown>>): string | undefined {
  switch (method) {
    case 'warning':
      return stringOr(unread<NotificationParams<'warning'>>(params).message, undefined);
    case 'configWarning':
    case 'deprecationNotice': {
      const { summary, details } = unread<NotificationParams<'deprecationNotice'>>(params);
      if (typeof summary !== 'string') return undefined;
      return typeof details === 'string' && details !== '' ? `${summary} (${details})` : summary;
    }
    case 'model/rerouted': {
      const { fromModel, toModel, reason } = unread<NotificationParams<'model/rerouted'>>(params);
      return `model rerouted: ${String(fromModel)} -> ${String(toModel)} (${String(reason)})`;
    }
    default:
      return undefined;
  }
}
