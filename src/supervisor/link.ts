import type { Pid } from './behaviour.ts';
import { noProcess } from './call-error.ts';
import type { DownReason, ExitReason } from './exit-reason.ts';

/** Who can be linked. */
export interface Linked extends Pid<unknown> {
  readonly isDead: boolean;
  readonly trapExit: boolean;
  links: Set<Linked> | undefined;
  exitSignal(from: Pid | undefined, reason: DownReason): void;
}

/**
 * Ties two actors: the end of one sends an exit signal to the other. Linking twice makes one link; linking to itself, or from an ended
 * actor, none.
 *
 * A link to a dead actor is an exit signal `noproc` when `a` traps exits, and throws `CallError` `noproc` otherwise.
 * Source: `link/1`.
 */
export function link(a: Linked, b: Linked): void {
  if (a === b || a.isDead) return;
  if (b.isDead) {
    if (!a.trapExit) throw noProcess(b.path);
    a.exitSignal(b, 'noproc');
    return;
  }
  a.links ??= new Set();
  a.links.add(b);
  b.links ??= new Set();
  b.links.add(a);
}

/** Unties two actors: from now on neither hears of the other's end. Source: `unlink/1`. */
export function unlink(a: Linked, b: Linked): void {
  a.links?.delete(b);
  b.links?.delete(a);
}

/** Sends the exit signals of an actor that has ended. */
export function breakLinks(ended: Linked, reason: ExitReason): void {
  const { links } = ended;
  ended.links = undefined;
  for (const peer of links ?? []) {
    peer.links?.delete(ended);
    peer.exitSignal(ended, reason);
  }
}
