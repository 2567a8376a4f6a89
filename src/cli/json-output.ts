import type { TurnEvent } from '../index.ts';

/** One event as a line of its own, in the shape of `codex exec --json`; unknown events and fields as they came. */
export function jsonLine(event: TurnEvent): string {
  return `${JSON.stringify(event)}\n`;
}
