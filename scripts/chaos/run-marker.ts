import type { RunKey } from './thread-plan.ts';

/** What every input of a run carries, so that the model's log tells each submission from all others. */
export function marker({ lane, round }: RunKey, message: number): string {
  return `[chaos ${lane}/${round}/${message}]`;
}

const pattern = /\[chaos (\d+)\/(\d+)\/\d+\]/g;

/** The markers in a text, in order, each with the run that it names. */
export function markersIn(text: string): readonly { readonly marker: string; readonly run: RunKey }[] {
  return [...text.matchAll(pattern)].map(([found, lane, round]) => ({
    marker: found,
    run: { lane: Number(lane), round: Number(round) },
  }));
}
