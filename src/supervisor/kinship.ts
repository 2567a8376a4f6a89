import type { ExitMessage, Pid } from './behaviour.ts';
import { Children, type Sibling } from './children.ts';
import type { DownReason, ExitReason } from './exit-reason.ts';
import { MessageSignal, type Signal, TrappedExit } from './signals.ts';

/** What a parent hears of a child's end: an exit signal is `owed`, `claimed` by whoever stops the child, or has been sent. */
export type ExitToParent = 'owed' | 'claimed' | MessageSignal<ExitMessage>;

/** Who may have a parent and children; the fields that can be written belong to this file. */
export interface Kin extends Pid<unknown>, Sibling<Kin> {
  readonly parent: Kin | undefined;
  readonly isDead: boolean;
  readonly isStarting: boolean;
  readonly trapExit: boolean;
  children: Children<Kin> | undefined;
  exitToParent: ExitToParent;
  signal(signal: Signal): void;
  exitSignal(from: Pid | undefined, reason: DownReason): void;
  requestStop(reason: ExitReason): void;
  abandon(reason: ExitReason): void;
  whenDead(callback: (reason: ExitReason) => void): void;
}

/** Makes a fresh actor the youngest child of its parent. */
export function joinParent(child: Kin): void {
  const { parent } = child;
  if (parent === undefined) return;
  parent.children ??= new Children();
  parent.children.add(child);
}

/** Takes an actor that has ended from its parent, with the exit signal that is owed. */
export function leaveParent(child: Kin, reason: ExitReason): void {
  const { parent } = child;
  if (parent === undefined) return;
  parent.children?.remove(child);
  if (child.exitToParent !== 'owed') return;
  if (!parent.trapExit) {
    parent.exitSignal(child, reason);
    return;
  }
  child.exitToParent = new MessageSignal(new TrappedExit(child, reason));
  parent.signal(child.exitToParent);
}

/**
 * Takes a child's exit away from its parent's mailbox: `callback` gets the reason instead, also when the exit is queued there
 * already, and `noproc` when the parent has handled it. Source: the flush in `shutdown/1` of OTP's supervisor.
 */
export function claimExit(child: Kin, callback: (reason: DownReason) => void): void {
  if (!child.isDead) {
    child.exitToParent = 'claimed';
    child.whenDead(callback);
    return;
  }
  const sent = child.exitToParent;
  if (!(sent instanceof MessageSignal) || sent.dropped) {
    callback('noproc');
    return;
  }
  sent.dropped = true;
  callback(sent.message.reason);
}

/**
 * Nobody supervises the children of an actor that has ended: youngest first, each is asked to stop. One that only starts would not hear
 * it and is killed, and so is everyone once all is to end by force.
 */
export function stopChildren(parent: Kin, reason: ExitReason, forced: boolean): void {
  const { children } = parent;
  parent.children = undefined;
  children?.youngestFirst((child) => {
    if (child.isStarting || forced) child.abandon('killed');
    else child.requestStop(reason);
  });
}
