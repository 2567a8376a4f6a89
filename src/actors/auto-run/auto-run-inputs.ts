import { CodexError } from '../../protocol/errors/codex-error.ts';
import { TurnFailedError, TurnInterruptedError } from '../../protocol/errors/turn-errors.ts';
import type { Input } from '../../protocol/user-input.ts';
import { type TurnDoubt, warned } from '../turn-doubt.ts';

/** What a turn begins with when the one before is not the end of the run, unless `continueWith` says otherwise. */
export const continueText = 'Continue.';

/** What an attempt begins with when Codex has the input of the failed one in the thread. */
export const resumeText =
  'The last turn was cut short by a technical failure, not by the user. Continue where it stopped. Check what is done already before you do it again.';

/** What precedes the input of an attempt whose process died and kept nothing of it, though it may have begun. */
export const lostText =
  'The process that worked on the following request died, and nothing of it was recorded. Check what is done already before you do it again.';

/** What the next attempt at a turn begins with, and whether the attachments of the run go with it. */
export interface AttemptInput {
  readonly input: Input;
  readonly given: boolean;
  /** Attempts before, of which nobody knew what became: the thread chooses what is said, once it has been read. */
  readonly doubt?: TurnDoubt;
}

/**
 * Finds the input of an attempt that follows a failed one. What Codex has in the thread is not told again.
 *
 * | the failed attempt | next input |
 * | --- | --- |
 * | ran to its failure, or was cut off and its input was kept | `resumeText` |
 * | was cut off, and its input was not kept | `lostText` and the same input |
 * | was cut off, and nobody knows whether it was kept | one of the others, chosen when the thread has been read |
 * | never ran | the same input |
 *
 * @param messageId That of the failed attempt.
 */
export function inputAfter(failed: AttemptInput, error: Error, messageId: string): AttemptInput {
  if (TurnFailedError.isInstance(error)) return { input: resumeText, given: false };
  if (!isCutOff(error)) return failed;
  switch (error.inputKept) {
    case true:
      return { input: resumeText, given: false };
    case false:
      return { ...failed, input: warned(failed.input, lostText) };
    case null:
      return { ...failed, doubt: doubtOf([...(failed.doubt?.messageIds ?? []), messageId]) };
  }
}

function doubtOf(messageIds: readonly string[]): TurnDoubt {
  return { messageIds, ifKept: resumeText, ifBegun: lostText };
}

function isCutOff(error: Error): error is TurnInterruptedError {
  return (
    TurnInterruptedError.isInstance(error) && CodexError.isInstance(error) && error.code === 'turn_cut_off'
  );
}
