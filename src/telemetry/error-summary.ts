/** The longest error message an event carries, in UTF-16 units; the rest is cut off and marked with `…`. */
export const errorMessageLengthMax = 500;

/** What an event says of an error: enough to count and to find it. No stack, no cause, no facts that could hold a prompt or a path. */
export interface ErrorSummary {
  /** The error's class, such as `PortExitError`; `Error` for anything that is not an error object. */
  readonly name: string;
  /** The stable code of our own errors and of Node's (`ENOENT`); absent where there is none. */
  readonly code?: string;
  /** At most `errorMessageLengthMax` units, redacted. */
  readonly message: string;
}

/** Reduces anything thrown to what may leave the process. `redact` is applied to the whole message before it is cut. */
export function summarizeError(error: unknown, redact: (text: string) => string): ErrorSummary {
  const message = clip(redact(messageOf(error)));
  const name = error instanceof Error ? error.name : 'Error';
  const code = codeOf(error);
  return code === undefined ? { name, message } : { name, code, message };
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : `a thrown value of type ${typeof error}`;
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function clip(text: string): string {
  return text.length <= errorMessageLengthMax ? text : `${text.slice(0, errorMessageLengthMax - 1)}…`;
}
