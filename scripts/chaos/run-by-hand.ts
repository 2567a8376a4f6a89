import { setTimeout as delay } from 'node:timers/promises';
import { CodexError, type Thread, type ThreadItem } from '../../src/index.ts';

export interface HandOptions {
  readonly maxTurns: number;
  readonly until: (finalResponse: string) => boolean;
  readonly nextInput: () => string;
  readonly signal: AbortSignal;
}

export interface HandRun {
  readonly status: 'done' | 'exhausted' | 'failed' | 'interrupted';
  readonly turns: number;
  readonly failures: readonly string[];
  readonly items: readonly ThreadItem[];
  readonly error: unknown;
}

export async function runByHand(thread: Thread, options: HandOptions): Promise<HandRun> {
  const { maxTurns, until, nextInput, signal } = options;
  const items: ThreadItem[] = [];
  const failures: string[] = [];
  const ended = (status: HandRun['status'], turns: number, error: unknown = null): HandRun => ({
    status,
    turns,
    failures,
    items,
    error,
  });
  for (let turns = 0; turns < maxTurns; ) {
    try {
      const result = await thread.run(nextInput(), { signal });
      turns += 1;
      items.push(...result.items);
      if (until(result.finalResponse)) return ended('done', turns);
    } catch (error) {
      if (signal.aborted) return ended('interrupted', turns, error);
      if (!CodexError.isInstance(error)) return ended('failed', turns, error);
      failures.push(error.code);
      if (error.code === 'turn_interrupted') return ended('interrupted', turns, error);
      if (!error.retryable && error.code !== 'turn_cut_off') return ended('failed', turns, error);
      await delay(20);
    }
  }
  return ended('exhausted', maxTurns);
}
