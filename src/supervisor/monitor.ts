import type { DownMessage, MonitorRef } from './behaviour.ts';
import type { ExitReason } from './exit-reason.ts';
import { MessageSignal, type Signal } from './signals.ts';

/** Who can be watched. */
export interface Watched {
  readonly isDead: boolean;
  watchers: Set<Monitor> | undefined;
}

/** Who can watch. */
export interface Watcher {
  readonly isDead: boolean;
  watching: Set<Monitor> | undefined;
  signal(signal: Signal): void;
}

/** One actor watching another: exactly one `down` follows, unless it is dropped first. */
export class Monitor implements MonitorRef {
  readonly path: string;
  readonly watcher: Watcher;
  readonly target: Watched | undefined;
  /** The `down` that was sent, kept so that `demonitor` can withdraw it. */
  #down: MessageSignal<DownMessage> | undefined;

  constructor(path: string, watcher: Watcher, target: Watched | undefined) {
    this.path = path;
    this.watcher = watcher;
    this.target = target;
    // Code of an ended actor may still run after an await; it must leave nothing behind.
    if (watcher.isDead) return;
    if (target === undefined || target.isDead) {
      this.#send('noproc');
      return;
    }
    target.watchers ??= new Set();
    target.watchers.add(this);
    watcher.watching ??= new Set();
    watcher.watching.add(this);
  }

  /** Called by the target as it ends. */
  fire(reason: ExitReason): void {
    this.watcher.watching?.delete(this);
    this.#send(reason);
  }

  /** Drops the monitor, and its `down` if that is still queued. Source: `demonitor(Ref, [flush])`. */
  drop(): void {
    this.target?.watchers?.delete(this);
    this.watcher.watching?.delete(this);
    if (this.#down !== undefined) this.#down.dropped = true;
  }

  #send(reason: ExitReason | 'noproc'): void {
    this.#down = new MessageSignal({ type: 'down', monitor: this, path: this.path, reason });
    this.watcher.signal(this.#down);
  }
}

/** Tells everybody who watches `target`. Called by the target as it ends. */
export function fireMonitors(target: Watched, reason: ExitReason): void {
  const { watchers } = target;
  target.watchers = undefined;
  for (const monitor of watchers ?? []) monitor.fire(reason);
}

/** Drops the monitors of a watcher that has ended. */
export function dropMonitors(watcher: Watcher): void {
  const { watching } = watcher;
  watcher.watching = undefined;
  for (const monitor of watching ?? []) monitor.drop();
}
