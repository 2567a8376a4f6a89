import { NotSerializableError } from './errors/call-errors.ts';

/** Names a request. Codex takes strings and 64-bit integers; 0 is an id like any other. */
export type WireId = string | number | bigint;

/** A message to the app-server. Codex leaves out JSON-RPC's `"jsonrpc"`, and so do we. */
export type OutgoingMessage =
  | { readonly kind: 'request'; readonly id: WireId; readonly method: string; readonly params: unknown }
  | { readonly kind: 'notification'; readonly method: string; readonly params?: unknown }
  | { readonly kind: 'response'; readonly id: WireId; readonly result: unknown }
  | {
      readonly kind: 'error';
      readonly id: WireId;
      readonly error: { readonly code: number; readonly message: string; readonly data?: unknown };
    };

/**
 * Writes a message as one line, with its line feed.
 *
 * Half surrogate pairs become U+FFFD: Codex would ignore the whole message without an answer. `undefined` as the result of a response
 * is written as null.
 *
 * @throws NotSerializableError when the message holds a cycle, a bigint or a `toJSON` that throws; nothing may be sent then.
 */
export function encodeMessage(message: OutgoingMessage): string {
  const { kind, ...members } = message;
  const what = 'method' in message ? message.method : 'the answer to a request';
  const body = kind === 'response' ? { ...members, result: message.result ?? null } : members;
  if ('id' in message && typeof message.id === 'bigint') {
    const rest = stringify({ ...body, id: undefined }, what);
    return `{"id":${message.id}${rest === '{}' ? '' : ','}${rest.slice(1)}\n`;
  }
  return `${stringify(body, what)}\n`;
}

function stringify(value: object, what: string): string {
  try {
    const text = JSON.stringify(value);
    // JSON.stringify escapes only surrogates that have lost their other half. A user's text may hold the same letters: that costs time only.
    return text.includes('\\ud') ? JSON.stringify(value, wellFormed) : text;
  } catch (cause) {
    throw new NotSerializableError(what, cause);
  }
}

/** With the `u` flag, only the halves that have lost their other half match. */
const loneSurrogates = /\p{Surrogate}/gu;

function wellFormed(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.replace(loneSurrogates, '\uFFFD');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  if (!entries.some(([key]) => key.search(loneSurrogates) !== -1)) return value;
  return Object.fromEntries(entries.map(([key, member]) => [key.replace(loneSurrogates, '\uFFFD'), member]));
}
