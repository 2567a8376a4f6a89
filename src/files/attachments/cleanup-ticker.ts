import type { ActorContext, Address, Behaviour } from '../../supervisor/behaviour.ts';
import type { SweepRequest } from './registry-messages.ts';

/** Its id below the files supervisor. */
export const cleanupTickerId = 'cleanup-ticker';

/** Whom the ticker asks, and how often. */
export interface CleanupTickerInput {
  readonly registry: Address<SweepRequest>;
  readonly intervalMs: number;
}

interface Tick {
  readonly type: 'tick';
}

const sweep: SweepRequest = { type: 'files.sweep' };

/**
 * Asks the file registry to sweep, again and again, the next time only when it has answered: sweeps never pile up. Owns nothing else.
 */
export const cleanupTicker: Behaviour<Tick, CleanupTickerInput> = {
  init(context, { registry, intervalMs }) {
    context.sendAfter(intervalMs, { type: 'tick' });
    return {
      async receive() {
        while (await leavesMore(context, registry));
        context.sendAfter(intervalMs, { type: 'tick' });
      },
    };
  },
};

/** Sweeps once. Whether the registry has more to sweep; one that ended meanwhile is asked again at the next tick. */
async function leavesMore(context: ActorContext<Tick>, registry: Address<SweepRequest>): Promise<boolean> {
  try {
    const { more, count } = await context.call(registry, sweep, { timeoutMs: Number.POSITIVE_INFINITY });
    return more && count > 0;
  } catch {
    return false;
  }
}
