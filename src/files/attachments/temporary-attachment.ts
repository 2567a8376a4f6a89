import type { Attachment } from './attachment.ts';

/**
 * A file that is staged for a scope. Its end gives it up: the file goes, unless another has staged the same content or a turn still uses it.
 *
 * @example
 * await using log = await codex.files.temporary('build.log');
 * await thread.run('Why does it fail?', { attachments: [log] });
 */
export class TemporaryAttachment implements AsyncDisposable {
  readonly attachment: Attachment;
  readonly #giveUp: () => Promise<boolean>;
  #released: Promise<boolean> | undefined = undefined;

  /** @internal */
  constructor(attachment: Attachment, giveUp: () => Promise<boolean>) {
    this.attachment = attachment;
    this.#giveUp = giveUp;
  }

  /** Whether its end has begun. */
  get isReleased(): boolean {
    return this.#released !== undefined;
  }

  /** Ends it. Resolves with whether the file is gone; once is enough, and twice is the same. */
  release(): Promise<boolean> {
    this.#released ??= this.#giveUp();
    return this.#released;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
