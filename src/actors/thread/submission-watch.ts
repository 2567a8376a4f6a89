import { RequestTimeoutError } from '../../protocol/errors/port-errors.ts';
import type { Clock } from '../../supervisor/clock.ts';
import type { PortNotification } from '../exec-port/thread-route.ts';
import type { PortAttachment } from './port-attachment.ts';
import type { ServerRequestPolicy } from './server-request-policy.ts';
import { StrayTurn, type StrayTurnOptions } from './stray-turn.ts';
import type { ThreadEntry } from './thread-entry.ts';

/** A submission that Codex was sent. */
export interface Submission extends Pick<StrayTurnOptions, 'port' | 'threadId' | 'answer' | 'quiet'> {
  /** Whether who asked ends by himself what begins after the answer, as with a goal. Defaults to false. */
  readonly isFollowed?: boolean;
}

/** Knows whether Codex has begun the running turn, and sees to it that one which is given up before that does not run. */
export class SubmissionWatch {
  readonly #entry: ThreadEntry;
  readonly #clock: Clock;
  readonly #serverRequests: ServerRequestPolicy;
  #open: Submission | null = null;

  constructor(entry: ThreadEntry, clock: Clock, serverRequests: ServerRequestPolicy) {
    this.#entry = entry;
    this.#clock = clock;
    this.#serverRequests = serverRequests;
  }

  /** A turn that was given up before, and may still begin: the next one is not to be submitted until this resolves. Null: there is none. */
  get mustWait(): Promise<void> | null {
    const { stray } = this.#entry;
    return stray === null || stray.isOver ? null : stray.over;
  }

  /** What begins from now on is the turn of this submission. */
  sent(submission: Submission): void {
    this.#entry.stray?.close();
    this.#entry.stray = null;
    this.#open = submission;
    const settled = () => {
      if (this.#open === submission) this.#open = null;
    };
    submission.answer.then(
      () => submission.isFollowed === true && settled(),
      (error: unknown) => RequestTimeoutError.isInstance(error) || settled(),
    );
  }

  /** Codex has begun the turn. */
  named(): void {
    this.#open = null;
  }

  /** The turn has come to its end here, whatever Codex makes of it. */
  over(): void {
    if (this.#open !== null) this.#stray(this.#open);
    this.#open = null;
  }

  /**
   * Nobody follows the running turn any more. One that waits for an approval is left until the thread is opened again: the question outlives the
   * thread's actor, and whoever answers it is to be heard. A goal is not, since it would go on without end.
   */
  abandoned(attachment: PortAttachment, turnId: string | null, quiet: Submission['quiet']): void {
    if (quiet === undefined && attachment.isAsking(turnId)) return;
    const { port, threadId } = attachment;
    if (this.#open === null && turnId !== null)
      this.#open = { port, threadId, answer: Promise.resolve(turnId), ...(quiet && { quiet }) };
    this.over();
  }

  /** The thread is attached nowhere. */
  detached(): void {
    this.#entry.stray?.listen();
  }

  notified(notification: PortNotification): void {
    this.#entry.stray?.notify(notification);
  }

  #stray(submission: Submission): void {
    this.#entry.stray?.close();
    this.#entry.stray = new StrayTurn({
      ...submission,
      clock: this.#clock,
      serverRequests: this.#serverRequests,
    });
  }
}
