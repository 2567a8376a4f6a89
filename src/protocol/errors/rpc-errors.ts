import { isRecord } from '../unread.ts';
import { CodexError, type CodexErrorOptions } from './codex-error.ts';
import type { CodexErrorCode } from './error-catalogue.ts';

/** The error member of a JSON-RPC answer. */
export interface RpcErrorFacts {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** The app-server refused a request. Codes `rpc_…`; the JSON-RPC code is `rpcCode`. */
export class RpcError extends CodexError {
  static override readonly kind: string = 'RpcError';
  readonly method: string;
  /** The code of JSON-RPC, such as -32600. */
  readonly rpcCode: number;
  /** What the server added, such as `{ input_error_code: 'input_too_large' }`. */
  readonly data: unknown;

  constructor(code: CodexErrorCode, method: string, facts: RpcErrorFacts, options?: CodexErrorOptions) {
    super(code, `${method} was refused (${facts.code}): ${shortened(facts.message)}`, options);
    this.method = method;
    this.rpcCode = facts.code;
    this.data = facts.data;
  }
}

/**
 * The app-server has too much to do. Code `overloaded`: nothing was done, try again. Code `rpc_retry_limit`: it gave up after tries of
 * its own.
 */
export class OverloadedError extends RpcError {
  static override readonly kind: string = 'OverloadedError';
}

const codes: Readonly<Record<number, CodexErrorCode>> = {
  [-32700]: 'rpc_parse_error',
  [-32600]: 'rpc_invalid_request',
  [-32601]: 'rpc_method_not_found',
  [-32602]: 'rpc_invalid_params',
  [-32603]: 'rpc_internal_error',
};

/**
 * The error for what the app-server answered to `method`.
 *
 * @example rpcError('turn/steer', { code: -32600, message: 'no active turn to steer' }).code // 'rpc_invalid_request'
 */
export function rpcError(method: string, facts: RpcErrorFacts): RpcError {
  if (facts.code <= -32000 && facts.code >= -32099) {
    if (/retry limit|too many failed attempts/i.test(facts.message))
      return new OverloadedError('rpc_retry_limit', method, facts);
    if (facts.code === -32001 || saysOverloaded(facts.data, 8))
      return new OverloadedError('overloaded', method, facts);
  }
  const { code, message } = facts;
  const draining = isRecord(facts.data) && facts.data.reason === 'serverShuttingDown';
  return new RpcError(
    codes[code] ?? 'rpc_error',
    method,
    { ...facts, code, message },
    draining ? { retryable: true } : {},
  );
}

/** Both spellings that servers have used, anywhere in the data; `depth` bounds the search. */
function saysOverloaded(data: unknown, depth: number): boolean {
  if (typeof data === 'string') return /^server_?overloaded$/i.test(data);
  if (depth === 0 || typeof data !== 'object' || data === null) return false;
  return Object.values(data).some((value) => saysOverloaded(value, depth - 1));
}

const messageLengthMax = 1_000;

/** The server lists all its methods in some messages. */
function shortened(message: string): string {
  return message.length > messageLengthMax ? `${message.slice(0, messageLengthMax)}…` : message;
}
