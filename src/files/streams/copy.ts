import { FileError, fileCancelled } from '../file-error.ts';
import { CopyState, verifyTarget, writeRest } from './copy-attempt.ts';
import { type CopyEnd, type CopyOptions, type CopyPlan, type CopyResult, copyPlan } from './copy-options.ts';
import type { FileStreams } from './file-streams.ts';
import { retryDelayMs, waitForRetry } from './retry-delay.ts';

/**
 * Copies a file from one connection to another, in bounded memory: at most `2 × pipeline` chunks, whatever its size.
 *
 * A failure that may pass is tried again with growing pauses (200 ms, doubled up to 10 s), going on behind the last byte that the
 * target acknowledged; a target that cannot go on (`resumesWrites` is false) begins again. At the end the target is read back and its
 * SHA-256 compared. The target is written in place, so a copy that fails leaves what it has written.
 *
 * Fails with `file_cancelled`, `file_changed` (the source was changed between two tries), `file_checksum_mismatch`, or the last failure
 * of an end; `InvalidOptionError` for options that cannot be.
 *
 * @example
 * const remote = async () => connectFiles(await connectUnixSocket('/run/app/files.sock'));
 * await using files = new LocalFileStreams();
 * const { bytes, sha256 } = await copy(
 *   { files: remote, path: '/srv/data/model.bin' },
 *   { files, path: '/var/cache/model.bin' },
 *   { onProgress: ({ bytes, size }) => report(bytes / size) },
 * );
 */
export async function copy(from: CopyEnd, to: CopyEnd, options: CopyOptions = {}): Promise<CopyResult> {
  const plan = copyPlan(from, to, options);
  const state = new CopyState();
  let failures = 0;
  let furthest = 0;
  for (;;) {
    try {
      await attempt(plan, state);
      return { bytes: state.bytes, sha256: state.hash.digest('hex'), retries: state.retries };
    } catch (error) {
      // Only bytes never reached before are progress: a target that begins again and again must come to an end.
      failures = state.bytes > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, state.bytes);
      if (!isWorthAnotherTry(plan, error) || failures > plan.retries) throw error;
    }
    await waitForRetry(plan.clock, retryDelayMs(failures), plan.signal);
    state.retries += 1;
  }
}

async function attempt(plan: CopyPlan, state: CopyState): Promise<void> {
  if (plan.signal?.aborted === true) throw fileCancelled(plan.signal, { path: plan.from.path });
  await using target = await joined(plan.to);
  if (!state.isWritten) {
    await using source = await joined(plan.from);
    await writeRest(plan, state, source.files, target.files);
  }
  if (plan.verify) await verifyTarget(plan, state, target.files);
}

/** A connection for one attempt. Only one that was made for it ends with it. */
async function joined({ files }: CopyEnd): Promise<AsyncDisposable & { readonly files: FileStreams }> {
  if (typeof files !== 'function') return { files, [Symbol.asyncDispose]: async () => undefined };
  const made = await files();
  return {
    files: made, // What was written has been closed by now, and said then what it had to say.
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose]().catch(() => undefined),
  };
}

function isWorthAnotherTry(plan: CopyPlan, error: unknown): boolean {
  if (!FileError.isInstance(error)) return false;
  const canConnect = typeof plan.from.files === 'function' || typeof plan.to.files === 'function';
  return error.code === 'file_connection_closed' ? canConnect : error.retryable;
}
