/**
 * What the process of `codex-actors` ends with. Scripts depend on these numbers; they do not change within a major version.
 *
 * - `completed` 0: the turn completed, or `--help` or `--version` was printed.
 * - `failed` 1: the turn failed.
 * - `usage` 2: the command line is wrong, or names a file or folder that cannot be used.
 * - `unusable` 3: Codex is missing, too old or refuses to start; or Node is too old; or nobody is logged in.
 * - `interrupted` 130: Ctrl-C, or a reader of the output that went away, interrupted the turn.
 * - `terminated` 143, `hungUp` 129: SIGTERM or SIGHUP stopped everything; 128 and the signal's number, as of a command that died of it.
 */
export const exitCodes = {
  completed: 0,
  failed: 1,
  usage: 2,
  unusable: 3,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
