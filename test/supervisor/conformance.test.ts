import { describe, expect, it } from 'vitest';
import { compared, verdicts } from '../../scripts/otp/conformance.ts';

describe('against Erlang', () => {
  it("does in all 451 recorded cases what OTP's supervisor did [otp-golden]", async () => {
    const failed = [];
    let passed = 0;
    for await (const verdict of verdicts('fixtures/otp/specs.jsonl', 'fixtures/otp/traces.jsonl')) {
      if (verdict.difference === undefined) passed += 1;
      else failed.push(verdict);
    }
    expect(failed).toEqual([]);
    expect(passed).toBe(451);
  });

  it('a case whose replay waits for what never comes is a difference with its name, and the next is replayed', async () => {
    // Its first child has the id by which a replay keeps a supervisor busy, so that one never is.
    const taken = caseOf('waits', [{ op: 'mailbox', sup: 'root', msgs: [{ call: 'count_children' }] }]);
    const specs = [taken, caseOf('goes on', [])].map((each) => JSON.stringify(each)).join('\n');
    const start = [
      { ev: 'step', i: 0, op: 'start' },
      { ev: 'sup_init', child: 'root', n: 1 },
      { ev: 'start', child: 'root.$gate', n: 1 },
      { ev: 'sup_start', child: 'root', n: 1 },
      {
        ev: 'state',
        sups: { root: { children: [['$gate', 'root.$gate#1', 'worker']], counts: [1, 1, 0, 1] } },
      },
    ];
    const traces = ['waits', 'goes on'].map((id) => JSON.stringify({ id, trace: start })).join('\n');
    const found = [];
    for await (const verdict of compared(specs, traces, 1_000)) found.push(verdict);
    expect(found).toEqual([
      {
        id: 'waits',
        difference: {
          index: -1,
          expected: 'a replay to the end',
          actual: 'Error: not at its end after 1000 ms',
        },
      },
      { id: 'goes on', difference: undefined },
    ]);
  });
});

function caseOf(id: string, steps: readonly object[]) {
  const children = [{ id: '$gate', restart: 'permanent' }];
  return { id, tree: { id: 'root', strategy: 'one_for_one', intensity: 1, period: 5, children }, steps };
}
