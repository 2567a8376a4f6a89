import { defaultRetryPolicy, type RetryPolicy, retryDecision } from '../../machines/retry-policy.ts';
import { McpServerError } from '../../protocol/errors/mcp-errors.ts';
import type { Clock } from '../../supervisor/clock.ts';
import { pauseOn } from '../../supervisor/clock-pause.ts';
import type { ToolCallRun } from '../tools/tool.ts';
import type { Elicitation, ElicitationAnswer, McpConnection } from './mcp-connection.ts';
import type { McpCallRequest } from './mcp-messages.ts';

/** How often one call is made at most, the first time included. Only what may be repeated is. */
export const mcpCallAttemptsMax = 3;

/** Who waits for a usable connection. */
interface Waiter {
  readonly use: (connection: McpConnection) => void;
  readonly fail: (error: unknown) => void;
}

/** The pauses before a call is made again that the server could not take. */
const callRetryPolicy: RetryPolicy = { ...defaultRetryPolicy, maxAttempts: mcpCallAttemptsMax };

/** What calls need of the world. */
export interface McpCallsOptions {
  readonly clock: Clock;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/**
 * The calls of one server's tools. A call waits while the server is being connected to. One whose connection was lost under it, or that
 * the server could not take for now (HTTP 429, 5xx), is made again only if it was never begun, or if the server says that the tool only
 * reads or is idempotent. Its deadline is its own signal.
 */
export class McpCalls {
  readonly #server: string;
  readonly #options: McpCallsOptions;
  readonly #running = new Set<ToolCallRun>();
  /** At most as many as the tool runner runs calls. */
  readonly #waiting = new Set<Waiter>();
  #connection: McpConnection | null = null;
  /** Why nothing can be called until somebody does something; null while it is worth waiting. */
  #unusable: Error | null = null;
  /** Ends the pauses of calls that are to be made again. */
  #pauses = new AbortController();

  constructor(server: string, options: McpCallsOptions) {
    this.#server = server;
    this.#options = options;
  }

  usable(connection: McpConnection): void {
    this.#connection = connection;
    this.#unusable = null;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { use } of waiting) use(connection);
  }

  /** Calls wait from now on. */
  pause(): void {
    this.#connection = null;
    this.#unusable = null;
  }

  /** Calls fail from now on, also those that wait. */
  unusable(error: Error): void {
    this.#connection = null;
    this.#unusable = error;
    this.#pauses.abort(error);
    this.#pauses = new AbortController();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { fail } of waiting) fail(error);
  }

  /** Makes one call. Rejects with `McpServerError`, and with the signal's reason. */
  async run({ tool, args, run }: McpCallRequest): Promise<unknown> {
    const { signal, progress } = run;
    this.#running.add(run);
    try {
      for (let attempt = 1; ; attempt += 1) {
        const connection = await this.#usableConnection(signal);
        // Lost before anything was sent: the chart has not heard of it yet.
        const neverSent = connection.lost !== null;
        try {
          return await connection.call({ tool: tool.name, args, signal, progress });
        } catch (error) {
          if (signal.aborted) throw error;
          const mayRepeat = neverSent || tool.repeatable || wasNotBegun(error);
          if (connection.lost === null) {
            if (!mayRepeat) throw error;
            await this.#pauseAfter(error, attempt, run);
            continue;
          }
          if (!mayRepeat) throw this.#cutOff(connection.lost);
          if (attempt >= mcpCallAttemptsMax) throw error;
          if (this.#connection === connection) this.pause();
        }
      }
    } finally {
      this.#running.delete(run);
    }
  }

  /**
   * Has a question of the server decided by whoever decides for the thread that calls it. The protocol does not say which call a
   * question belongs to: with calls of several threads, or of none, nobody knows who may decide, and it is declined.
   */
  async elicited(elicitation: Elicitation): Promise<ElicitationAnswer> {
    const [first, ...others] = [...this.#running];
    if (first === undefined || others.some(({ threadId }) => threadId !== first.threadId))
      return { action: 'decline' };
    const answer = await first.ask({ serverName: this.#server, ...elicitation });
    if (answer.action !== 'accept') return answer;
    return answer.content === null ? { action: 'accept' } : { action: 'accept', content: answer.content };
  }

  #usableConnection(signal: AbortSignal): Promise<McpConnection> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#unusable !== null) return Promise.reject(this.#unusable);
    if (this.#connection !== null) return Promise.resolve(this.#connection);
    return new Promise((resolve, reject) => {
      const settled = () => {
        signal.removeEventListener('abort', aborted);
        this.#waiting.delete(waiter);
      };
      const aborted = () => {
        settled();
        reject(signal.reason);
      };
      const waiter: Waiter = {
        use: (connection) => {
          settled();
          resolve(connection);
        },
        fail: (error) => {
          settled();
          reject(error);
        },
      };
      signal.addEventListener('abort', aborted, { once: true });
      this.#waiting.add(waiter);
    });
  }

  /** Waits until the call may be made again; rejects with why it was not made where it may not be. */
  async #pauseAfter(error: unknown, attempt: number, { signal, progress }: ToolCallRun): Promise<void> {
    if (!McpServerError.isInstance(error) || error.httpStatusCode === null) throw error;
    const decision = retryDecision(callRetryPolicy, { error, attempt }, this.#options.random);
    if (!decision.retry) throw error;
    progress(`HTTP ${error.httpStatusCode}: called again in ${decision.delayMs} ms`);
    await pauseOn(this.#options.clock, decision.delayMs, AbortSignal.any([signal, this.#pauses.signal]));
  }

  #cutOff(cause: Error): McpServerError {
    return new McpServerError(
      { server: this.#server, step: 'call' },
      'it ended in the middle of the call, which may have done its work. Look before you call it again',
      { cause },
    );
  }
}

/** Whether the server has not even looked at the call: who calls is not let in, has no session, or comes too often. */
function wasNotBegun(error: unknown): boolean {
  const status = McpServerError.isInstance(error) ? error.httpStatusCode : null;
  return status === 401 || status === 403 || status === 404 || status === 429;
}
