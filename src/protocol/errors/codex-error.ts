import { type CodexErrorCode, errorCatalogue } from './error-catalogue.ts';

const brand = Symbol.for('codex-actors.CodexError');

/** What every error may be given besides its own facts. */
export interface CodexErrorOptions {
  readonly cause?: unknown;
  /** Overrules the catalogue, where the facts of this one error tell more than its code. */
  readonly retryable?: boolean;
  readonly retryAfterMs?: number | undefined;
}

/**
 * Root of all errors of this library, but for those of its supervision layer. Tell them apart by `code`, or by class with
 * `isInstance`; the facts are fields of the subclasses. Messages hold no secrets and no prompts.
 *
 * @example
 * try { await thread.run('…'); } catch (error) {
 *   if (CodexError.isInstance(error) && error.retryable) await later(error.retryAfterMs);
 * }
 */
export class CodexError extends Error {
  /** The class's name, the same in a minified bundle. */
  static readonly kind: string = 'CodexError';

  readonly code: CodexErrorCode;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** Milliseconds to wait before another try, where the server named them. */
  readonly retryAfterMs: number | undefined;

  constructor(code: CodexErrorCode, message: string, options: CodexErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.kind;
    this.code = code;
    this.retryable = options.retryable ?? errorCatalogue[code].retryable;
    this.retryAfterMs = options.retryAfterMs;
  }

  /**
   * Whether `value` is an error of this class or of one below it, from this copy of the package or another, where `instanceof`
   * fails.
   *
   * @example RpcError.isInstance(error) && error.rpcCode === -32600
   */
  static readonly isInstance: typeof isInstanceOf = isInstanceOf;
}
Object.defineProperty(CodexError.prototype, brand, { value: true });

/** `this` is the class that it is asked of. */
function isInstanceOf<T extends CodexError>(
  this: { readonly kind: string; readonly prototype: T },
  value: unknown,
): value is T {
  if (typeof value !== 'object' || value === null || !(brand in value)) return false;
  for (let one: unknown = Object.getPrototypeOf(value); one !== null; one = Object.getPrototypeOf(one)) {
    if (kindOf(one) === this.kind) return true;
  }
  return false;
}

/** The `kind` of the class whose prototype this is. */
function kindOf(prototype: unknown): unknown {
  if (typeof prototype !== 'object' || prototype === null) return undefined;
  const owner = prototype.constructor;
  return 'kind' in owner ? owner.kind : undefined;
}
