import { CodexError } from '../../protocol/errors/codex-error.ts';
import type { ActorInstance, Behaviour, DownMessage, ReplyTo } from '../../supervisor/behaviour.ts';
import { fileErrorFrom } from '../file-error.ts';
import type { CleanupStep, RegistryMessage } from './registry-messages.ts';
import { type FilesEstate, StagedFiles } from './staged-files.ts';

/** Its id below the files supervisor. */
export const fileRegistryId = 'file-registry';

/**
 * The actor that alone changes the store: it puts finished copies in place, ends claims, sweeps. It opens the folder at the first message that
 * needs it, so that a folder that cannot be used costs those who stage and nobody else.
 *
 * What fails is answered; only a lost folder ends the actor.
 */
export const fileRegistry: Behaviour<RegistryMessage, FilesEstate> = {
  init: (_context, estate) => new FileRegistry(estate),
};

class FileRegistry implements ActorInstance<RegistryMessage> {
  readonly #estate: FilesEstate;
  #files: StagedFiles | undefined = undefined;
  #killed = false;

  constructor(estate: FilesEstate) {
    this.#estate = estate;
  }

  async receive(message: RegistryMessage | DownMessage, replyTo: ReplyTo | undefined): Promise<void> {
    if (message.type === 'down') return;
    try {
      const answer = await this.#estate.area.exclusively(() => this.#handle(message));
      replyTo?.reply(answer);
    } catch (error) {
      const failure = failureOf(error, this.#estate.area.directory);
      replyTo?.fail(failure);
      if (message.type === 'files.sweep' && failure.code === 'file_store_owned') throw failure;
    }
  }

  async terminate(): Promise<void> {
    await this.#files?.close();
  }

  kill(): void {
    this.#killed = true;
    this.#files?.abandon();
  }

  async #open(): Promise<StagedFiles> {
    const files = await StagedFiles.open(this.#estate);
    if (this.#killed) files.abandon();
    return files;
  }

  async #handle(message: RegistryMessage): Promise<unknown> {
    // Nobody has staged anything yet: there is nothing to sweep.
    if (message.type === 'files.sweep' && !this.#estate.area.isClaimed) return nothing;
    this.#files ??= await this.#open();
    switch (message.type) {
      case 'files.open':
        return undefined;
      case 'files.commit':
        return this.#files.commit(message);
      case 'files.release':
        return this.#files.release(message);
      case 'files.collect':
        return this.#files.collect(message.id);
      case 'files.reset':
        return this.#files.reset();
      case 'files.sweep':
        return this.#files.sweep();
    }
  }
}

/** What the system or a limit refuses is an answer; anything else is a fault of this actor, which then starts anew. */
function failureOf(error: unknown, directory: string): CodexError {
  if (CodexError.isInstance(error)) return error;
  if (error instanceof Error && 'code' in error) return fileErrorFrom(error, { path: directory });
  throw error;
}

const nothing: CleanupStep = { count: 0, bytes: 0, failed: 0, more: false };
