/**
 * Why an actor ended.
 *
 * - `normal`: it finished its work. `shutdown` and `{ shutdown }`: it was asked to stop, or chose to in good order.
 * - `killed`: it was ended by force. `{ error }`: it failed; `error` is what it threw or named.
 *
 * Source: the exit reasons of Erlang processes; XState has no notion of them.
 */
export type ExitReason =
  | 'normal'
  | 'shutdown'
  | 'killed'
  | { readonly shutdown: unknown }
  | { readonly error: unknown };

/** What a monitor reports: an exit reason, or `noproc` when the actor was already gone. */
export type DownReason = ExitReason | 'noproc';

/** Whether OTP counts the reason as an orderly end (`normal`, `shutdown`, `{ shutdown }`), so that a `transient` child stays down. */
export function isOrderlyExit(reason: DownReason): boolean {
  return reason === 'normal' || reason === 'shutdown' || (typeof reason === 'object' && 'shutdown' in reason);
}

/** What an actor threw or named when it failed; undefined for all other ends. */
export function errorOfExit(reason: DownReason): unknown {
  return typeof reason === 'object' && 'error' in reason ? reason.error : undefined;
}
