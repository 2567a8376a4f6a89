import { type OperationFacts, operationFailure } from '../../protocol/errors/operation-failure.ts';
import { OutcomeUnknownError } from '../../protocol/errors/thread-errors.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';

/** What is done to a thread between its turns. */
export type OperationName = 'fork' | 'revert';

/** What an operation does once it is its turn: asks Codex, on the port that the thread is open on. */
export type PerformOperation<Result> = (port: PortConnection, threadId: string) => Promise<Result>;

/** An operation that somebody waits for, as the thread's actor sees it: it stands where a turn stands, but is none. */
export interface OpenOperation {
  readonly kind: 'operation';
  readonly name: OperationName;
  /** When it was asked for, on the tree's clock. */
  readonly askedAtMs: number;
  /** Whether it was ever sent to Codex. */
  readonly submitted: boolean;
  /** Asks Codex. Resolves once Codex has done it; rejects, and is not settled yet, when it did not. */
  perform(port: PortConnection, threadId: string): Promise<void>;
  /** Codex has refused it: nothing was changed. */
  refuse(error: unknown): void;
  /** For when it comes to nothing for another reason. */
  readonly sink: { readonly abandon: (error: Error) => void };
}

/**
 * Something that is done to a thread between its turns. Settled exactly once; what was asked of Codex and never answered is settled as
 * `OutcomeUnknownError`, and is not asked again.
 */
export class PendingOperation<Result> implements OpenOperation {
  readonly kind = 'operation';
  readonly name: OperationName;
  readonly askedAtMs: number;
  submitted = false;
  readonly result: Promise<Result>;
  readonly #perform: PerformOperation<Result>;
  readonly #threadId: () => string | null;
  #answered = false;
  #resolve: (result: Result) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(
    facts: {
      readonly name: OperationName;
      readonly askedAtMs: number;
      readonly threadId: () => string | null;
    },
    perform: PerformOperation<Result>,
  ) {
    this.name = facts.name;
    this.askedAtMs = facts.askedAtMs;
    this.#threadId = facts.threadId;
    this.#perform = perform;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  async perform(port: PortConnection, threadId: string): Promise<void> {
    this.submitted = true;
    const result = await this.#perform(port, threadId);
    this.#answered = true;
    this.#resolve(result);
  }

  refuse(error: unknown): void {
    this.#answered = true;
    this.#reject(operationFailure(error, this.#facts));
  }

  readonly sink: { readonly abandon: (error: Error) => void } = {
    abandon: (error) => {
      if (!this.submitted || this.#answered) this.#reject(error);
      else this.#reject(new OutcomeUnknownError(this.#facts, { cause: error }));
    },
  };

  get #facts(): OperationFacts {
    return { operation: this.name, threadId: this.#threadId() };
  }
}
