import { CodexError, CodexNotFoundError, InvalidOptionError, type TurnEvent } from '../index.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Interruption } from './interrupts.ts';
import { withoutControls } from './terminal-text.ts';
import { UsageError } from './turn-input.ts';

/** What a command that failed says on its one line, and the code it exits with. */
export interface Failure {
  readonly exitCode: ExitCode;
  /** One line without its end; empty when there is nothing to say. */
  readonly message: string;
}

/** Nobody is logged in, or with a login that is no longer good; the message says what to do. Exit code 3. */
export class LoginError extends Error {
  override readonly name = 'LoginError';

  constructor() {
    super('Codex is not logged in. Run `codex login`, or set OPENAI_API_KEY.');
  }
}

/** Whether the message of a failed turn says that the model's server takes no login, or not this one. */
export function isLoginFailure(message: string): boolean {
  return /\b401 Unauthorized\b/u.test(message);
}

/**
 * Whether an event says that the login is refused for good. Codex would ask five more times, for seconds. A WebSocket that is refused decides
 * nothing yet where a server of one's own may take the same login over HTTP.
 */
export function isLoginRefused(event: TurnEvent): boolean {
  if (event.type === 'turn.failed') return isLoginFailure(event.error.message);
  return event.type === 'error' && isLoginFailure(event.message) && !ownWebSocket.test(event.message);
}

const ownWebSocket = /url: wss?:\/\/(?!(?:api\.openai|chatgpt)\.com\/)/u;

/**
 * What an error means to the caller of the command; pure.
 *
 * @param interruption What interrupted the turn, if anything did: then that is why it ended, whatever error came of it.
 */
export function failureOf(error: unknown, interruption: Interruption | undefined): Failure {
  if (interruption !== undefined) return { exitCode: exitCodes[interruption], message: 'interrupted' };
  if (error instanceof UsageError) return { exitCode: exitCodes.usage, message: error.message };
  if (error instanceof LoginError) return { exitCode: exitCodes.unusable, message: error.message };
  if (!CodexError.isInstance(error)) return { exitCode: exitCodes.failed, message: lineOf(error) };
  switch (error.code) {
    case 'unauthorized':
      return { exitCode: exitCodes.unusable, message: new LoginError().message };
    case 'codex_not_found':
    case 'handshake_failed':
      return { exitCode: exitCodes.unusable, message: lineOf(error) };
    case 'invalid_option':
    case 'input_too_large':
    case 'thread_not_found':
    case 'thread_archived':
      return { exitCode: exitCodes.usage, message: lineOf(error) };
    case 'turn_interrupted':
    case 'cancelled':
      return { exitCode: exitCodes.interrupted, message: 'interrupted' };
    default:
      return { exitCode: exitCodes.failed, message: lineOf(error) };
  }
}

/** What the command line calls the fields of the library's options. */
const flagOf: Readonly<Record<string, string>> = {
  apiKey: 'OPENAI_API_KEY',
  approvalPolicy: '--approval',
  codexPathOverride: '--codex',
  config: '--config',
  configOverrides: '--config',
  input: 'the prompt',
  model: '--model',
  outputSchema: '--output-schema',
  profile: '--profile',
  sandboxMode: '--sandbox',
  skipGitRepoCheck: '--skip-git-repo-check',
  threadId: '--resume',
  transport: '--transport',
  workingDirectory: '--cd',
};

/** The message in the words of the command line: nobody there can set a field of the library. */
function messageOf(error: Error): string {
  if (CodexNotFoundError.isInstance(error)) {
    return error.message
      .replace('set codexPathOverride', 'give its path with --codex')
      .replaceAll('codexPathOverride', '--codex');
  }
  // The operation is called as the option is.
  if (error.message.startsWith('resume: ')) return `--${error.message}`;
  if (!InvalidOptionError.isInstance(error)) return error.message;
  if (error.field === 'skipGitRepoCheck') {
    return 'This folder is in no Git repository that Codex trusts. Give --skip-git-repo-check, or another folder with --cd.';
  }
  const [name = ''] = error.field.split(/[.[]/u, 1);
  const flag = flagOf[name];
  if (flag === undefined || !error.message.startsWith(name)) return error.message;
  return `${flag}${error.message.slice(name.length)}`;
}

function lineOf(error: unknown): string {
  const text = error instanceof Error ? messageOf(error) : String(error);
  return withoutControls(text.replaceAll(/\s*\n\s*/gu, ' ')).trim();
}
