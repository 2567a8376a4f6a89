/**
 * What the runtime of the actors has to say about one of them; none of it ends the actor.
 *
 * - `mailbox_overflow`: the mailbox reached its capacity and drops messages; said once, and again after it was empty.
 * - `kill_hook_failed`: the actor's `kill()` threw, so something it owned may have leaked.
 * - `inspector_failed`: the inspector threw; said once.
 */
export type ProcessReport =
  | { readonly type: 'mailbox_overflow'; readonly path: string; readonly mailboxCapacity: number }
  | { readonly type: 'kill_hook_failed'; readonly path: string; readonly error: unknown }
  | { readonly type: 'inspector_failed'; readonly error: unknown };
