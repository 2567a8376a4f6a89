import { InvalidOptionError, ThreadOwnedError } from '../../protocol/errors/call-errors.ts';
import { CodexNotFoundError, PortExitError, ProtocolError } from '../../protocol/errors/port-errors.ts';
import { ThreadStateError } from '../../protocol/errors/thread-errors.ts';
import { TurnInterruptedError } from '../../protocol/errors/turn-errors.ts';
import type { ExecProcessEnd } from './exec-turn.ts';

/** What is known of a turn whose process ended without reporting the turn's end. */
export interface TurnSoFar {
  /** Somebody asked for the end. */
  readonly interrupted: boolean;
  readonly threadId: string | null;
  /** Codex had begun: it names the thread before it asks the model for anything. */
  readonly begun: boolean;
  /** The options that the turn was run with, by name: what a refusal may be about. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * The error of a turn whose process ended without a verdict; pure.
 *
 * | the process | error |
 * | --- | --- |
 * | was asked to end | `TurnInterruptedError`, `turn_interrupted` |
 * | could not be spawned | `CodexNotFoundError`; `PortExitError` when the system refused it for want of resources |
 * | exited 0 | `ProtocolError` |
 * | ended in any other way after the turn had begun | `TurnInterruptedError`, `turn_cut_off`, its cause a `PortExitError` |
 * | refused before the turn began | what it said: `InvalidOptionError`, `ThreadOwnedError`, `ThreadStateError`, else `PortExitError` |
 *
 * @param end Its `stderrTail` is redacted already.
 */
export function processEndError(end: ExecProcessEnd, turn: TurnSoFar): Error {
  const { threadId } = turn;
  if (turn.interrupted) return new TurnInterruptedError('turn_interrupted', { threadId, turnId: null });
  switch (end.kind) {
    case 'spawn_failed':
      return spawnError(end.error);
    case 'abandoned':
      return new TurnInterruptedError('turn_cut_off', { threadId, turnId: null });
    case 'exited': {
      if (end.exitCode === 0) {
        return new ProtocolError('codex exec', 'it exited without reporting the end of the turn');
      }
      const cause = new PortExitError(end);
      if (turn.begun) return new TurnInterruptedError('turn_cut_off', { threadId, turnId: null }, { cause });
      return refusal(end.stderrTail, turn, cause) ?? cause;
    }
  }
}

function spawnError(error: NodeJS.ErrnoException): Error {
  if (error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'ENOEXEC') {
    return new CodexNotFoundError([error.path ?? 'the executable'], { cause: error });
  }
  return new PortExitError({ exitCode: null, signal: null, stderrTail: error.message }, { cause: error });
}

interface Refusal {
  /** A line of its words. */
  readonly says: RegExp;
  /** The option of ours that it is about. */
  readonly field: string;
  /** What may stand there. */
  readonly accepted?: string;
}

/** How Codex 0.163 to 0.169 word what they refuse, the more special first. */
const refusals: readonly Refusal[] = [
  {
    says: /^Not inside a trusted directory/u,
    field: 'skipGitRepoCheck',
    accepted: 'true outside of a Git repository',
  },
  { says: /'--sandbox /u, field: 'sandboxMode' },
  { says: /'--cyber-access-program /u, field: 'cyberAccessProgram' },
  { says: /approval_policy/u, field: 'approvalPolicy' },
  { says: /model_reasoning_effort/u, field: 'modelReasoningEffort' },
  { says: /web_search/u, field: 'webSearchMode' },
  { says: /^Output schema file/u, field: 'outputSchema', accepted: 'a JSON Schema' },
  { says: /^Error: No such file or directory/u, field: 'workingDirectory', accepted: 'a folder that exists' },
  {
    says: /^Error: Model provider .* not found|^Error: Unknown feature flag|^Error loading config/u,
    field: 'config',
  },
  { says: /^error: (?:unexpected argument|invalid value)/u, field: 'options' },
];

/** What the words of a process that refused to begin mean; undefined when they are not understood. */
function refusal(stderrTail: string, turn: TurnSoFar, cause: Error): Error | undefined {
  const { threadId, options } = turn;
  if (threadId !== null && stderrTail.includes('already has an active writer')) {
    return new ThreadOwnedError(threadId, 'another process', { cause });
  }
  if (threadId !== null && /no rollout found|rollout .* is empty/u.test(stderrTail)) {
    return new ThreadStateError('thread_not_found', { operation: 'resume', threadId }, { cause });
  }
  const lines = stderrTail.split('\n').map((line) => line.trim());
  for (const { says, field, accepted = 'a value that this Codex takes' } of refusals) {
    const words = lines.find((line) => says.test(line));
    if (words === undefined) continue;
    return new InvalidOptionError(
      field,
      options[field],
      `${accepted} (Codex says: ${words.slice(0, wordsLengthMax)})`,
    );
  }
  return undefined;
}

const wordsLengthMax = 300;
