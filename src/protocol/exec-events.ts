import type { ThreadItem } from './exec-items.ts';
import { isRecord } from './unread.ts';

/** The first event of a thread's first turn, and of each turn of the exec transport. */
export interface ThreadStartedEvent {
  type: 'thread.started';
  /** Resume the thread with it. */
  thread_id: string;
}

/** The prompt has gone to the model. */
export interface TurnStartedEvent {
  type: 'turn.started';
}

/** Tokens. Input includes what was cached; output includes what was reasoning. */
export interface Usage {
  input_tokens: number;
  cached_input_tokens: number;
  cache_write_input_tokens: number;
  output_tokens: number;
  reasoning_output_tokens: number;
}

/** The usage of a turn for which Codex reported none. */
export const noUsage: Readonly<Usage> = {
  input_tokens: 0,
  cached_input_tokens: 0,
  cache_write_input_tokens: 0,
  output_tokens: 0,
  reasoning_output_tokens: 0,
};

/**
 * The turn completed.
 *
 * As `codex exec --json` writes it, `usage` is the total of the thread. As our transports deliver it, it is the turn's own.
 */
export interface TurnCompletedEvent {
  type: 'turn.completed';
  usage: Usage;
}

/** Why a turn failed, in Codex's words. */
export interface ThreadError {
  message: string;
}

/** The turn failed; nothing follows. */
export interface TurnFailedEvent {
  type: 'turn.failed';
  error: ThreadError;
}

/** An item has begun. Messages and reasoning come without it, at their end. */
export interface ItemStartedEvent {
  readonly type: 'item.started';
  readonly item: ThreadItem;
}

/** An item has changed: the to-do list. */
export interface ItemUpdatedEvent {
  readonly type: 'item.updated';
  readonly item: ThreadItem;
}

/** An item has ended, well or badly. */
export interface ItemCompletedEvent {
  readonly type: 'item.completed';
  readonly item: ThreadItem;
}

/** An error of the turn: Codex tries again (`Reconnecting... 1/5`), or `turn.failed` follows. */
export interface ThreadErrorEvent {
  type: 'error';
  message: string;
}

/**
 * An event of `codex exec --json`, under the names and in the shapes of `@openai/codex-sdk`.
 *
 * The union is what is known today; events of a newer Codex pass through unchanged at run time, so a `switch` needs a `default`.
 */
export type ThreadEvent =
  | ThreadStartedEvent
  | TurnStartedEvent
  | TurnCompletedEvent
  | TurnFailedEvent
  | ItemStartedEvent
  | ItemUpdatedEvent
  | ItemCompletedEvent
  | ThreadErrorEvent;

/** Which part of an item grows. */
export type ItemDeltaKind = 'text' | 'reasoning' | 'output' | 'plan' | 'patch';

/** A piece of an item that is still growing. Not of the official SDK: only those who ask for deltas get it. */
export interface ItemDeltaEvent {
  readonly type: 'item.delta';
  readonly item_id: string;
  readonly kind: ItemDeltaKind;
  readonly delta: string;
}

/**
 * A try of the turn failed, and another follows. Not of the official SDK: only those who ask for deltas get it, after the `error` event
 * that tells the same in words.
 */
export interface TurnRetryEvent {
  readonly type: 'turn.retry';
  /** Who tries again: this library, or Codex itself. */
  readonly by: 'runtime' | 'codex';
  /** Which try failed, counted from 1 since the turn last got ahead; null where Codex does not count. */
  readonly attempt: number | null;
  /** How many tries there may be; null where Codex does not say. */
  readonly attempts_max: number | null;
  /** Milliseconds until the next try; null where Codex does not say. */
  readonly delay_ms: number | null;
  /** Code of the error, such as `internal_server_error`. */
  readonly code: string;
  readonly message: string;
}

/** What one line of `codex exec --json` turned out to be. */
export type ExecLine =
  | { readonly kind: 'event'; readonly event: ThreadEvent }
  /**
   * A known event without the fields that make it one, such as `turn.completed` with `usage: null`. What it means is the
   * reader's to decide; `value` is what was parsed.
   */
  | {
      readonly kind: 'malformed';
      readonly type: ThreadEvent['type'];
      readonly value: Readonly<Record<string, unknown>>;
    }
  /** Not an event at all: not JSON, not an object, or without a `type`. Costs this line only. */
  | { readonly kind: 'garbage'; readonly lineLength: number };

/**
 * Reads one line of `codex exec --json`. Never throws.
 *
 * Nothing is dropped or added: unknown events, unknown items and unknown fields are in the event as they came.
 *
 * @example parseExecEvent('{"type":"turn.started"}') // { kind: 'event', event: { type: 'turn.started' } }
 */
export function parseExecEvent(line: string): ExecLine {
  const value = parseJson(line);
  if (!isRecord(value) || typeof value.type !== 'string') return { kind: 'garbage', lineLength: line.length };
  const fault = malformedType(value);
  if (fault !== undefined) return { kind: 'malformed', type: fault, value };
  return passes(value) ? { kind: 'event', event: value } : { kind: 'garbage', lineLength: line.length };
}

/**
 * Writes an event as one line, without the line feed.
 *
 * `serializeExecEvent(event)` of a parsed line is the line's JSON again, but for the doubled `id` of web searches.
 */
export function serializeExecEvent(event: ThreadEvent | ItemDeltaEvent | TurnRetryEvent): string {
  return JSON.stringify(event);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The type of a known event that lacks what its readers rely on; undefined when it is whole, or of an unknown type. */
function malformedType(value: Readonly<Record<string, unknown>>): ThreadEvent['type'] | undefined {
  switch (value.type) {
    case 'thread.started':
      return typeof value.thread_id === 'string' ? undefined : value.type;
    case 'turn.completed':
      return isRecord(value.usage) ? undefined : value.type;
    case 'turn.failed':
      return isRecord(value.error) && typeof value.error.message === 'string' ? undefined : value.type;
    case 'item.started':
    case 'item.updated':
    case 'item.completed':
      return isItem(value.item) ? undefined : value.type;
    case 'error':
      return typeof value.message === 'string' ? undefined : value.type;
    default:
      return undefined;
  }
}

function isItem(value: unknown): boolean {
  return isRecord(value) && typeof value.type === 'string' && typeof value.id === 'string';
}

/** An event by the open union: whole if its type is known, whatever it is if not. */
function passes(
  value: Readonly<Record<string, unknown>>,
): value is Readonly<Record<string, unknown>> & ThreadEvent {
  return typeof value.type === 'string' && malformedType(value) === undefined;
}
