import process from 'node:process';
import { MessageChannel, type MessagePort } from 'node:worker_threads';

/**
 * Keeps the host's event loop alive until `end` has settled, and passes on what came of it.
 *
 * Timers and idle processes keep no host alive, so that a program which only waits for an end at its top level would be cut short in
 * the middle of it, with Node's "unsettled top-level await".
 *
 * @param end Must settle in bounded time, or the host never exits by itself.
 */
export function holdEventLoop<T>(end: Promise<T>): Promise<T> {
  // A port that nobody writes to: no timer, and nothing ever fires.
  const { port1 } = new MessageChannel();
  port1.ref();
  return end.finally(() => port1.close());
}

let waitsOpen = 0;
let listening = false;
let held: MessagePort | undefined;

/**
 * Counts a wait that the host's event loop is to stay alive for; `waitEnds` ends it. It must end in bounded time.
 *
 * As `holdEventLoop`, for waits that mostly end at once and are too many to open a port each: the loop is held only when it has run
 * dry and would end, so that a wait costs a counter.
 */
export function waitBegins(): void {
  waitsOpen += 1;
  if (listening) return;
  listening = true;
  process.on('beforeExit', holdWhileWaiting);
}

export function waitEnds(): void {
  waitsOpen -= 1;
  if (waitsOpen > 0) return;
  held?.close();
  held = undefined;
}

function holdWhileWaiting(): void {
  if (waitsOpen === 0 || held !== undefined) return;
  held = new MessageChannel().port1;
  held.ref();
}
