import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isSecretName, redacted } from '../../protocol/errors/redaction.ts';

/** Bytes of audit lines that wait to be written; further lines are dropped and reported. */
export const auditBytesMax = 8_388_608;

/** Who may read and write the file: its owner. */
const mode = 0o600;

export interface AuditFileOptions {
  /** Absolute or relative to the working directory. Created when it is missing; a link, a device or a FIFO is refused. */
  readonly path: string;
  /** Removes secrets from each text that is written. */
  readonly redact: (text: string) => string;
  /** Told of each write that failed, and of lines that were dropped because too many waited. */
  readonly onFailure: (error: Error) => void;
}

/**
 * An append-only file of JSON lines, for its owner's eyes only. Lines are written in order, one write at a time; nobody waits for them
 * but `close`. It is opened with the first line.
 */
export class AuditFile {
  readonly #options: AuditFileOptions;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #handle: FileHandle | null = null;
  #writing: Promise<void> | null = null;
  #closed = false;

  constructor(options: AuditFileOptions) {
    this.#options = options;
  }

  /** Adds one line. Never throws; a failure goes to `onFailure`. After `close` it does nothing. */
  append(record: object): void {
    if (this.#closed) return;
    const line = `${JSON.stringify(record, this.#withoutSecrets)}\n`;
    const bytes = Buffer.byteLength(line);
    if (this.#waitingBytes + bytes > auditBytesMax) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += bytes;
    this.#writing ??= this.#write();
  }

  /** Resolves once every line so far is with the operating system, and the file is closed. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close().catch((error: Error) => this.#options.onFailure(error));
  }

  readonly #withoutSecrets = (name: string, value: unknown): unknown => {
    if (typeof value !== 'string') return value;
    return isSecretName(name) ? redacted : this.#options.redact(value);
  };

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      try {
        this.#handle ??= await this.#open();
        await this.#handle.appendFile(lines.join(''));
      } catch (error) {
        this.#options.onFailure(auditError(`lines not written: ${lines.length}`, error));
      }
      this.#reportDropped();
    }
    this.#writing = null;
  }

  async #open(): Promise<FileHandle> {
    const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
    // Without O_NONBLOCK a FIFO that nobody reads would hold the open, and so the close, for ever.
    const flags = O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_WRONLY;
    const handle = await open(this.#options.path, flags, mode);
    try {
      if (!(await handle.stat()).isFile()) throw new Error('it is no regular file');
      // A file that was there before may be open to others.
      await handle.chmod(mode);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#options.onFailure(auditError(`lines dropped because too many waited: ${dropped}`, undefined));
  }
}

function auditError(problem: string, cause: unknown): Error {
  return new Error(
    `The audit of approvals has gaps: ${problem}.`,
    cause === undefined ? undefined : { cause },
  );
}
