import { CodexError } from './codex-error.ts';
import { withoutTerminalEscapes } from './terminal-escapes.ts';

/** No Codex executable where one was looked for. Code `codex_not_found`. */
export class CodexNotFoundError extends CodexError {
  static override readonly kind: string = 'CodexNotFoundError';
  /** The places that were tried, in order. */
  readonly searched: readonly string[];

  constructor(searched: readonly string[], options?: { readonly cause?: unknown }) {
    super(
      'codex_not_found',
      `No Codex executable was found (${searched.join(', ') || 'nowhere to look'}). Run \`npm install @openai/codex\`, or set codexPathOverride.`,
      options,
    );
    this.searched = searched;
  }
}

/** The Codex process started, but did not complete the handshake. Code `handshake_failed`. */
export class HandshakeError extends CodexError {
  static override readonly kind: string = 'HandshakeError';
  /** Redacted. */
  readonly stderrTail: string;

  constructor(reason: string, options: { readonly stderrTail?: string; readonly cause?: unknown } = {}) {
    const stderrTail = options.stderrTail ?? '';
    super(
      'handshake_failed',
      `Codex did not answer the handshake: ${reason.replace(/\.$/u, '')}.${lastWords(stderrTail)} Check with \`codex doctor\`.`,
      options,
    );
    this.stderrTail = stderrTail;
  }
}

/** How a Codex process ended. */
export interface PortExitFacts {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Null when it exited by itself. */
  readonly signal: string | null;
  /** The end of its error output; pass it through `redact` first. */
  readonly stderrTail: string;
  readonly pid?: number | undefined;
}

/** The Codex process ended while it was needed. Code `port_exited`. */
export class PortExitError extends CodexError {
  static override readonly kind: string = 'PortExitError';
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderrTail: string;
  readonly pid: number | undefined;

  constructor(facts: PortExitFacts, options?: { readonly cause?: unknown }) {
    // What a signal ended had no last words: its newest line is of something else.
    const how =
      facts.signal === null
        ? `with code ${facts.exitCode ?? 'unknown'}.${lastWords(facts.stderrTail)}`
        : `by ${facts.signal}.`;
    super('port_exited', `The Codex process ended ${how}`, options);
    this.exitCode = facts.exitCode;
    this.signal = facts.signal;
    this.stderrTail = facts.stderrTail;
    this.pid = facts.pid;
  }
}

/** What a supervisor put up with before it gave up. */
export interface GivingUpFacts {
  /** Its path, such as `codex/ports`. */
  readonly supervisor: string;
  /** The restarts that it allows within `maxSeconds`. */
  readonly maxRestarts: number;
  readonly maxSeconds: number;
}

/**
 * The Codex process, or an actor beside it, kept dying, and the supervision tree has ended. Code `codex_gave_up`.
 *
 * Every turn that ran or waited gets this error, with the last death as `cause`, such as a `PortExitError`. What ran may have run in
 * part. The next turn starts a new tree.
 */
export class CodexGaveUpError extends CodexError {
  static override readonly kind: string = 'CodexGaveUpError';
  readonly supervisor: string;
  readonly maxRestarts: number;
  readonly maxSeconds: number;

  constructor(facts: GivingUpFacts, options?: { readonly cause?: unknown }) {
    const { supervisor, maxRestarts, maxSeconds } = facts;
    super(
      'codex_gave_up',
      `Codex was given up: ${supervisor} had restarted what it runs ${maxRestarts} times in ${maxSeconds} s, and it ended again. See the cause for why; the next turn starts anew.`,
      options,
    );
    this.supervisor = supervisor;
    this.maxRestarts = maxRestarts;
    this.maxSeconds = maxSeconds;
  }
}

/** Codex said something that the protocol does not allow, and a result depends on it. Code `protocol_error`. */
export class ProtocolError extends CodexError {
  static override readonly kind: string = 'ProtocolError';
  /** The method or event that was malformed, such as `thread/start`. */
  readonly method: string;

  constructor(method: string, problem: string, options?: { readonly cause?: unknown }) {
    super(
      'protocol_error',
      `${method}: ${problem}. The connected Codex may be of another version than 0.169.`,
      options,
    );
    this.method = method;
  }
}

/**
 * No answer within the deadline. Code `request_timeout`.
 *
 * What the request asked for may have happened all the same, so it is not retryable: read the state first.
 */
export class RequestTimeoutError extends CodexError {
  static override readonly kind: string = 'RequestTimeoutError';
  readonly method: string;
  readonly timeoutMs: number;

  constructor(method: string, timeoutMs: number) {
    super(
      'request_timeout',
      `${method} was not answered within ${timeoutMs} ms. It may have taken effect: read the thread before you repeat it.`,
    );
    this.method = method;
    this.timeoutMs = timeoutMs;
  }
}

const lastLineLengthMax = 300;

/** What to add to a message about the end of a process: its last line to stderr. Empty where it said nothing. */
export function lastWords(text: string): string {
  const lines = withoutTerminalEscapes(text).trimEnd().split('\n');
  // Below its error Codex prints where in its code that came from, which tells nobody anything.
  const line = (lines.findLast((one) => one.startsWith('Error: ')) ?? lines.at(-1) ?? '').trim();
  if (line === '') return '';
  return ` Its last words: ${line.length > lastLineLengthMax ? `${line.slice(0, lastLineLengthMax)}…` : line}`;
}
