import { CodexError } from '../../protocol/errors/codex-error.ts';
import { TurnFailedError, TurnInterruptedError } from '../../protocol/errors/turn-errors.ts';
import type { Input } from '../../protocol/user-input.ts';

/** What a turn begins with when the one before is not the end of the run, unless `continueWith` says otherwise. */
export const continueText = 'Continue.';

/** What an attempt begins with when Codex has the input of the failed one in the thread. */
export const resumeText =
  'The last turn was cut short by a technical failure, not by the user. Continue where it stopped. Check what is done already before you do it again.';

/** What precedes the input of an attempt whose process died and kept nothing of it, though it may have begun. */
export const lostText =
  'The process that worked on the following request died, and nothing of it was recorded. Check what is done already before you do it again.';

/** What precedes the input of an attempt whose process died, where nobody could find out what became of it. */
export const unsureText =
  'The process that worked on the following request died, and it is not known how far it came. If you have seen the request before, continue where you stopped. Check what is done already before you do it again.';

/** What the next attempt at a turn begins with, and whether the attachments of the run go with it. */
export interface AttemptInput {
  readonly input: Input;
  readonly given: boolean;
}

/**
 * Finds the input of an attempt that follows a failed one. What Codex has in the thread is not told again.
 *
 * | the failed attempt | next input |
 * | --- | --- |
 * | ran to its failure, or was cut off and its input was kept | `resumeText` |
 * | was cut off, and its input was not kept | `lostText` and the same input |
 * | was cut off, and nobody knows whether it was kept | `unsureText` and the same input |
 * | never ran | the same input |
 */
export function inputAfter(failed: AttemptInput, error: Error): AttemptInput {
  if (TurnFailedError.isInstance(error)) return { input: resumeText, given: false };
  if (!isCutOff(error)) return failed;
  if (error.inputKept === true) return { input: resumeText, given: false };
  const warning = { type: 'text', text: error.inputKept === false ? lostText : unsureText } as const;
  const { input } = failed;
  const parts = typeof input === 'string' ? ([{ type: 'text', text: input }] as const) : input;
  const [first] = parts;
  const isWarned = first?.type === 'text' && (first.text === lostText || first.text === unsureText);
  return { ...failed, input: [warning, ...(isWarned ? parts.slice(1) : parts)] };
}

function isCutOff(error: Error): error is TurnInterruptedError {
  return (
    TurnInterruptedError.isInstance(error) && CodexError.isInstance(error) && error.code === 'turn_cut_off'
  );
}
