import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { Tinypool } from 'tinypool';
import { fileCancelled } from '../file-error.ts';
import { type CopyOutcome, errorOfFacts } from './copy-outcome.ts';
import type { CopiedBytes } from './incoming-file.ts';
import { type CopyTask, copyFileIn } from './stage-file.ts';
import type { WorkerTask } from './staging-worker.ts';

/** Files of more bytes are copied by a worker. */
const workerFromBytes = 1_048_576;

/** Worker threads of one store. */
const workersMax = 2;

/** Milliseconds that a worker waits for more before it ends. */
const workerIdleTimeoutMs = 10_000;

/** Bytes that a worker reads at once; on the event loop it is fewer, so that others get their turn. */
const workerChunkBytes = 1_048_576;
const ownChunkBytes = 262_144;

/** Told of a copy's progress. */
export type OnProgress = (bytes: number, total: number) => void;

/** How a caller follows a copy. */
export interface CopyOptions {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress | undefined;
}

/** Copies files into the store: small ones at once, large ones on worker threads, which start when the first is needed. */
export class StagingPool {
  #workers: Tinypool | undefined = undefined;

  /** Copies a file of about `size` bytes. Fails as `copyFileIn` does, with `file_cancelled` when the signal aborts. */
  async copy(
    task: Omit<CopyTask, 'chunkBytes'>,
    size: number,
    { signal, onProgress }: CopyOptions,
  ): Promise<CopiedBytes> {
    if (size > workerFromBytes) return this.#copyOnWorker(task, { signal, onProgress });
    return copyFileIn({ ...task, chunkBytes: ownChunkBytes }, ownObserver({ signal, onProgress }));
  }

  async close(): Promise<void> {
    const workers = this.#workers;
    this.#workers = undefined;
    await workers?.destroy();
  }

  async #copyOnWorker(
    task: Omit<CopyTask, 'chunkBytes'>,
    { signal, onProgress }: CopyOptions,
  ): Promise<CopiedBytes> {
    this.#workers ??= startWorkers();
    const cancelled = new Int32Array(new SharedArrayBuffer(4));
    const callOff = (): void => {
      Atomics.store(cancelled, 0, 1);
    };
    let objection: { readonly error: unknown } | undefined;
    const object = (error: unknown): void => {
      objection ??= { error };
      callOff();
    };
    const channel = onProgress === undefined ? undefined : progressChannel(onProgress, object);
    signal?.addEventListener('abort', callOff, { once: true });
    if (signal?.aborted === true) callOff();
    try {
      const work: WorkerTask = {
        task: { ...task, chunkBytes: workerChunkBytes },
        cancelled,
        progress: channel?.port2,
      };
      const transferList = channel === undefined ? [] : [channel.port2];
      const outcome: CopyOutcome = await this.#workers.run(work, { name: 'stage', transferList });
      if (outcome.ok) return outcome.copied;
      if (outcome.failure.kind !== 'called_off') throw errorOfFacts(outcome.failure);
      throw objection === undefined
        ? fileCancelled(signal ?? AbortSignal.abort(), { path: task.sourcePath })
        : objection.error;
    } finally {
      signal?.removeEventListener('abort', callOff);
      channel?.port1.close();
    }
  }
}

/** What a copy on the event loop looks at between two chunks. */
export function ownObserver({ signal, onProgress }: CopyOptions) {
  return {
    checkpoint(): void {
      if (signal?.aborted === true) throw fileCancelled(signal);
    },
    progress(bytes: number, total: number): void {
      onProgress?.(bytes, total);
    },
  };
}

/** The worker is beside this file, compiled or not. */
function startWorkers(): Tinypool {
  const extension = extname(fileURLToPath(import.meta.url));
  return new Tinypool({
    filename: new URL(`./staging-worker${extension}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: workersMax,
    idleTimeout: workerIdleTimeoutMs,
  });
}

/** @param object Given what the listener throws: nobody else could catch it. */
function progressChannel(onProgress: OnProgress, object: (error: unknown) => void): MessageChannel {
  const channel = new MessageChannel();
  channel.port1.on('message', (message: unknown) => {
    if (!Array.isArray(message)) return;
    const [bytes, total]: unknown[] = message;
    if (typeof bytes !== 'number' || typeof total !== 'number') return;
    try {
      onProgress(bytes, total);
    } catch (error) {
      object(error);
    }
  });
  channel.port1.unref();
  return channel;
}
