import type { WireId } from './json-rpc-codec.ts';
import { isRecord } from './unread.ts';

/** Why a line is no message. */
export type GarbageReason = 'not_json' | 'not_a_message' | 'bad_id' | 'line_too_long';

/** A line that stands for nothing. It costs itself only; its text is not kept, since it may hold anything. */
export interface Garbage {
  readonly kind: 'garbage';
  readonly reason: GarbageReason;
  /** Without the line feed; bytes that were no UTF-8 count as their replacement. */
  readonly lengthBytes: number;
}

/** The answer to a request of ours. */
export interface WireResponse {
  readonly kind: 'response';
  readonly id: WireId;
  readonly result: unknown;
}

/** The refusal of a request of ours. */
export interface WireError {
  readonly kind: 'error';
  readonly id: WireId;
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** Something the server tells. */
export interface WireNotification {
  readonly kind: 'notification';
  readonly method: string;
  /** Not checked yet. */
  readonly params: unknown;
}

/** Something the server asks. Its ids are counted by the server: they may equal ours. */
export interface WireRequest {
  readonly kind: 'request';
  readonly id: WireId;
  readonly method: string;
  /** Not checked yet. */
  readonly params: unknown;
}

/** What one line from the app-server turned out to be. */
export type WireMessage = WireResponse | WireError | WireNotification | WireRequest | Garbage;

/** JSON-RPC's internal error: what an error without a code is taken for. */
const internalError = -32603;

/** Reads one line, without its line feed, as a message. Never throws. */
export function parseWireMessage(line: string): WireMessage {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return garbage('not_json', line);
  }
  if (!isRecord(value)) return garbage('not_a_message', line);
  const { method, id } = value;
  if (typeof method === 'string' && id === undefined)
    return { kind: 'notification', method, params: value.params };
  const wireId = isSafeId(id) ? id : exactId(line, id);
  if (wireId === undefined) return garbage(id === undefined ? 'not_a_message' : 'bad_id', line);
  if (typeof method === 'string') return { kind: 'request', id: wireId, method, params: value.params };
  if ('error' in value) return { kind: 'error', id: wireId, error: errorMember(value.error) };
  if ('result' in value) return { kind: 'response', id: wireId, result: value.result };
  return garbage('not_a_message', line);
}

function garbage(reason: GarbageReason, line: string): Garbage {
  return { kind: 'garbage', reason, lengthBytes: Buffer.byteLength(line) };
}

function isSafeId(id: unknown): id is string | number {
  return typeof id === 'string' || Number.isSafeInteger(id);
}

/** An integer beyond 2⁵³, which `JSON.parse` rounds, as it stands in the line; undefined for anything else. */
function exactId(line: string, rounded: unknown): bigint | undefined {
  if (!Number.isInteger(rounded)) return undefined;
  const sources = new Map<unknown, string | undefined>();
  let root: unknown;
  JSON.parse(
    line,
    function (this: unknown, key: string, value: unknown, context?: { readonly source?: string }) {
      if (key === 'id') sources.set(this, context?.source);
      root = value;
      return value;
    },
  );
  const source = sources.get(root);
  return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : undefined;
}

/** The waiter must hear of its request's end, however malformed the error is. */
function errorMember(error: unknown): WireError['error'] {
  const given = isRecord(error) ? error : {};
  const code = typeof given.code === 'number' ? given.code : internalError;
  const message = typeof given.message === 'string' ? given.message : 'The error came without a message';
  return 'data' in given ? { code, message, data: given.data } : { code, message };
}
