import { commandWords, matchesWords } from '../../../protocol/approvals/command-words.ts';
import { InvalidOptionError } from '../../../protocol/errors/call-errors.ts';
import type { ApprovalPolicy } from './approval-policy.ts';
import { checkPolicy } from './combined-policies.ts';
import { allow } from './plain-policies.ts';

/** Characters of a pattern, at most. */
export const patternLengthMax = 1_000;

/**
 * Applies `then` to commands whose words are those of `pattern`, and has no opinion on anything else. `*` within a word stands for any
 * characters of that word; a last word `*` for any further words, also none.
 *
 * Only simple commands match: whatever a shell would chain, expand, redirect or substitute does not, nor does a command that wants
 * permissions or connections beyond the sandbox. A pattern cannot know what a program does with its arguments: `git *` also
 * matches options by which git runs other programs.
 *
 * @param then Defaults to `allow()`.
 * @throws InvalidOptionError for a pattern without words, or one that is too long.
 * @example firstOf(command('git status'), command('npm test *'), command('rm *', deny()), ask())
 */
export function command(pattern: string, then: ApprovalPolicy = allow()): ApprovalPolicy {
  if (typeof pattern !== 'string' || pattern.trim() === '' || pattern.length > patternLengthMax)
    throw new InvalidOptionError(
      'pattern',
      pattern,
      `one word or more, of at most ${patternLengthMax} characters`,
    );
  checkPolicy('then', then);
  return (request, context) => {
    if (request.kind !== 'command' || request.commandKind !== 'command' || request.command === null)
      return { type: 'pass' };
    if (request.network !== null || request.additionalPermissions !== null) return { type: 'pass' };
    const words = commandWords(request.command);
    return words !== undefined && matchesWords(words, pattern) ? then(request, context) : { type: 'pass' };
  };
}
