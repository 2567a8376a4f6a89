import type { TurnFailedError } from '../../protocol/errors/turn-errors.ts';
import { turnFailure } from '../../protocol/errors/turn-failure.ts';

/** How Codex 0.169 words the failures that its app-server tells apart by `codexErrorInfo`. */
const wordings: readonly (readonly [RegExp, (status: number) => unknown])[] = [
  [
    /^unexpected status (?<status>\d{3})\b/u,
    (status) => ({ httpConnectionFailed: { httpStatusCode: status } }),
  ],
  [
    /last status: (?<status>\d{3})\b/u,
    (status) => ({ responseTooManyFailedAttempts: { httpStatusCode: status } }),
  ],
  [/^Connection failed: /u, () => ({ httpConnectionFailed: { httpStatusCode: null } })],
  [/^We.re currently experiencing high demand/u, () => 'internalServerError'],
  [/ran out of room in the model's context window/u, () => 'contextWindowExceeded'],
  [/^Quota exceeded|upgrade to Plus|hit your usage limit/u, () => 'usageLimitExceeded'],
  [/^rate limit exceeded/u, () => 'rateLimitExceeded'],
  [/^Selected model is at capacity/u, () => 'serverOverloaded'],
];

/**
 * The error for a turn that `codex exec` reported as failed. It tells only a message; where that is one of Codex's own wordings,
 * `codexErrorInfo` is what the app-server would have said, so that both transports give the same class and code.
 *
 * @example turnFailureOf('unexpected status 401 Unauthorized: …').code // 'unauthorized'
 */
export function turnFailureOf(message: string): TurnFailedError {
  for (const [wording, info] of wordings) {
    const found = wording.exec(message);
    if (found === null) continue;
    return turnFailure({ message, codexErrorInfo: info(Number(found.groups?.status)) }, null);
  }
  return turnFailure({ message }, null);
}
