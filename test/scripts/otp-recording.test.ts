import { describe, expect, it } from 'vitest';
import { compared } from '../../scripts/otp/conformance.ts';
import { recordingOf } from '../../scripts/otp/recording.ts';

const cases = ['before', 'hangs', 'after'].map((id) => ({
  id,
  tree: { id: 'root', strategy: 'one_for_one', intensity: 1, period: 5, children: [] },
  steps: [],
}));

const trace = [
  { ev: 'step', i: 0, op: 'start' },
  { ev: 'sup_init', child: 'root', n: 1 },
  { ev: 'sup_start', child: 'root', n: 1 },
  { ev: 'state', sups: { root: { children: [], counts: [0, 0, 0, 0] } } },
];

describe('a recording', () => {
  it('names a case that Erlang could not play to its end, and compares the others', async () => {
    const lines = [
      { id: 'before', trace },
      { id: 'hangs', failed: 'waited_in_vain' },
      { id: 'after', trace },
    ].map((line) => JSON.stringify(line));
    const { specs, traces, failed } = recordingOf(cases, lines);
    expect(failed).toEqual([{ id: 'hangs', why: 'waited_in_vain' }]);
    const verdicts = [];
    for await (const verdict of compared(specs, traces)) verdicts.push(verdict);
    expect(verdicts).toEqual([
      { id: 'before', difference: undefined },
      { id: 'after', difference: undefined },
    ]);
  });

  it('is none when a line is not of its case', () => {
    const lines = cases.map(() => JSON.stringify({ id: 'another', trace }));
    expect(() => recordingOf(cases, lines)).toThrow('not the trace of its case');
  });
});
