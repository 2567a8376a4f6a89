import type { ThreadEvent } from '../../machines/thread-machine.ts';
import type { TurnOutcome } from '../../machines/turn-machine.ts';
import { type OperationFacts, operationFailure } from '../../protocol/errors/operation-failure.ts';
import { PortExitError } from '../../protocol/errors/port-errors.ts';
import { OutcomeUnknownError } from '../../protocol/errors/thread-errors.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import type { PortAttachment } from './port-attachment.ts';
import { type FailureFacts, outcomeError } from './turn-failures.ts';

/** What is done to a thread between its turns. */
export type OperationName = 'fork' | 'revert';

/**
 * What an operation does once it is its turn: asks Codex, on the port that the thread is open on. It calls `confirmed` where Codex has said
 * that it is done, and more is asked after that.
 */
export type PerformOperation<Result> = (
  port: PortConnection,
  threadId: string,
  confirmed: (result: Result) => void,
) => Promise<Result>;

/** What the turns of a thread tell of an operation that Codex did not answer. */
export type OperationFinding<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'not_done' }
  | { readonly kind: 'unknown' };

/** Something to be done to a thread between its turns. */
export interface ThreadOperation<Result> {
  readonly perform: PerformOperation<Result>;
  /** Tells from the thread's turns, newest first, whether it was done. Left out: they do not tell. */
  readonly lookBack?: (turns: readonly { readonly id: string }[]) => OperationFinding<Result>;
}

/** An operation that somebody waits for, as the thread's actor sees it: it stands where a turn stands, but is none. */
export interface OpenOperation {
  readonly kind: 'operation';
  readonly name: OperationName;
  /** When it was asked for, on the tree's clock. */
  readonly askedAtMs: number;
  /** Whether it was ever sent to Codex. */
  readonly submitted: boolean;
  /** Whether Codex has said that it is done. */
  readonly isAnswered: boolean;
  /** Asks Codex. Resolves once Codex has done it; rejects, and is not settled yet, when it did not. */
  perform(port: PortConnection, threadId: string): Promise<void>;
  /** Finds out from a thread that was opened again, on `port`, what became of it; one that was done is settled then. */
  reconcile(
    port: PortConnection,
    turns: readonly { readonly id: string }[],
  ): OperationFinding<unknown>['kind'];
  /** Codex has refused it: nothing was changed. */
  refuse(error: unknown): void;
  /** For when it comes to nothing for another reason. */
  readonly sink: { readonly abandon: (error: Error) => void };
}

/** Performs an operation in the place of a turn, and tells the thread's chart what came of it. */
export function performOperation(
  operation: OpenOperation,
  messageId: string,
  { port, threadId }: PortAttachment,
  { tell, failed }: { readonly tell: (event: ThreadEvent) => void; readonly failed: (error: Error) => void },
): void {
  operation.perform(port, threadId).then(
    () => tell({ type: 'turn.ended', messageId, turnId: '', status: 'completed' }),
    (error: Error) => {
      // Codex has done it, and does not tell how the thread stands: it is to be opened again.
      if (operation.isAnswered && !PortExitError.isInstance(error)) tell({ type: 'port.unresponsive' });
      else failed(error);
    },
  );
}

/** Tells the caller of an operation how it ended; one that has ended well was told with its answer. */
export function settleOperation(operation: OpenOperation, outcome: TurnOutcome, facts: FailureFacts): void {
  if (outcome.kind === 'refused') operation.refuse(outcome.error);
  else if (outcome.kind !== 'ended') operation.sink.abandon(outcomeError(outcome, facts));
}

/**
 * Something that is done to a thread between its turns. Settled exactly once. What was asked of Codex and never answered is asked again only
 * where the thread tells that it was not done, and the process that was asked is dead; where it tells nothing, it is settled as
 * `OutcomeUnknownError`.
 */
export class PendingOperation<Result> implements OpenOperation {
  readonly kind = 'operation';
  readonly name: OperationName;
  readonly askedAtMs: number;
  submitted = false;
  readonly result: Promise<Result>;
  readonly #operation: ThreadOperation<Result>;
  readonly #threadId: () => string | null;
  #askedOn: PortConnection | null = null;
  /** What Codex has said that came of it; its caller is told once the thread is at rest. */
  #answer: { readonly result: Result } | null = null;
  #resolve: (result: Result) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(
    facts: {
      readonly name: OperationName;
      readonly askedAtMs: number;
      readonly threadId: () => string | null;
    },
    operation: ThreadOperation<Result>,
  ) {
    this.name = facts.name;
    this.askedAtMs = facts.askedAtMs;
    this.#threadId = facts.threadId;
    this.#operation = operation;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get isAnswered(): boolean {
    return this.#answer !== null;
  }

  async perform(port: PortConnection, threadId: string): Promise<void> {
    this.submitted = true;
    this.#askedOn = port;
    const result = await this.#operation.perform(port, threadId, (answer) => {
      this.#answer = { result: answer };
    });
    this.#answer = { result };
    this.#resolve(result);
  }

  reconcile(
    port: PortConnection,
    turns: readonly { readonly id: string }[],
  ): OperationFinding<unknown>['kind'] {
    const found = this.#lookBack(turns);
    if (found.kind === 'done') this.#resolve(found.result);
    // A process that lives may still do what it has not answered.
    if (found.kind === 'not_done' && port === this.#askedOn) return 'unknown';
    if (found.kind === 'not_done') this.submitted = false;
    return found.kind;
  }

  refuse(error: unknown): void {
    this.#reject(operationFailure(error, this.#facts));
  }

  readonly sink: { readonly abandon: (error: Error) => void } = {
    abandon: (error) => {
      if (this.#answer !== null) this.#resolve(this.#answer.result);
      else if (!this.submitted) this.#reject(error);
      else this.#reject(new OutcomeUnknownError(this.#facts, { cause: error }));
    },
  };

  #lookBack(turns: readonly { readonly id: string }[]): OperationFinding<Result> {
    if (this.#answer !== null) return { kind: 'done', result: this.#answer.result };
    return this.#operation.lookBack?.(turns) ?? { kind: 'unknown' };
  }

  get #facts(): OperationFacts {
    return { operation: this.name, threadId: this.#threadId() };
  }
}
