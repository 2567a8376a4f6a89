import { CodexError } from './codex-error.ts';

/** The functions of the application that an auto-run calls. */
export type AutoRunCallback = 'until' | 'continueWith' | 'onEvent';

/** A function given to `runAuto` threw, rejected, or answered what it must not; the run ended. Code `auto_run_callback_failed`. */
export class AutoRunCallbackError extends CodexError {
  static override readonly kind: string = 'AutoRunCallbackError';
  /** Which of them. */
  readonly callback: AutoRunCallback;

  constructor(callback: AutoRunCallback, problem: string, options?: { readonly cause?: unknown }) {
    super(
      'auto_run_callback_failed',
      `The function ${callback} of an auto-run ${problem}, which ended the run. Mend the function; the thread stays usable.`,
      options,
    );
    this.callback = callback;
  }
}
