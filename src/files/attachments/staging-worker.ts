/** Entry point of a worker thread: copies one file into the store, off the event loop of the application. */
import type { MessagePort } from 'node:worker_threads';
import { type CopyOutcome, failureFacts } from './copy-outcome.ts';
import { type CopyTask, copyFileIn } from './stage-file.ts';

/** One copy, and the way to call it off and to tell of it. */
export interface WorkerTask {
  readonly task: CopyTask;
  /** Not zero once the copy is called off. */
  readonly cancelled: Int32Array;
  /** Told `[bytes, total]` every now and then; undefined when nobody listens. */
  readonly progress: MessagePort | undefined;
}

/** How many bytes are copied from one message of progress to the next. */
const progressEveryBytes = 16_777_216;

/** Thrown to end a copy that was called off. Who did so knows why. */
class CalledOff extends Error {}

export async function stage({ task, cancelled, progress }: WorkerTask): Promise<CopyOutcome> {
  let told = 0;
  try {
    const copied = await copyFileIn(task, {
      checkpoint() {
        if (Atomics.load(cancelled, 0) !== 0) throw new CalledOff();
      },
      progress(bytes, total) {
        if (progress === undefined || (bytes - told < progressEveryBytes && bytes < total)) return;
        told = bytes;
        progress.postMessage([bytes, total]);
      },
    });
    return { ok: true, copied };
  } catch (error) {
    return error instanceof CalledOff
      ? { ok: false, failure: { kind: 'called_off' } }
      : { ok: false, failure: failureFacts(error, task.sourcePath) };
  } finally {
    progress?.close();
  }
}
