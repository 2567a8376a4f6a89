import { afterEach, describe, expect, test } from 'vitest';
import { ask } from '../../../src/actors/approvals/policies/plain-policies.ts';
import type { ApprovalDecision } from '../../../src/protocol/approvals/approval-decision.ts';
import { checkDecision } from '../../../src/protocol/approvals/approval-decision.ts';
import { requestOf, wireForms } from '../../protocol/approvals/requests.ts';
import { DeskBench } from './desk-bench.ts';

let bench: DeskBench;
afterEach(async () => {
  expect(await bench.desk.queue.list()).toEqual([]);
  await bench.stop();
});

/** Every decision of every kind, the two legacy ones included, which no binary of today asks. */
const rows = wireForms.map(([kind, { type, ...details }, answer]) => ({ kind, type, details, answer }));

function decisionOf(row: (typeof rows)[number]): ApprovalDecision {
  return checkDecision(requestOf(row.kind), { type: row.type, ...row.details });
}

const gone = { status: 'cancelled', by: 'runtime' };

describe.each(rows)('$kind × $type $details, and its port dies', (row) => {
  test('after a policy has said it: Codex was told once, and that stays', async () => {
    bench = await DeskBench.start({ policy: () => decisionOf(row) });
    const { answers } = bench.ask(row.kind);
    await bench.rest();
    bench.system.cast('port', 'end');
    await bench.rest();
    expect(answers).toEqual([{ result: row.answer }]);
    expect(bench.settled).toMatchObject([{ outcome: { by: 'policy' } }]);
  });

  test('before a person says it: nobody is told, and the person hears that it is too late', async () => {
    bench = await DeskBench.start({ policy: ask() });
    const { answers } = bench.ask(row.kind);
    await bench.rest();
    const [waiting] = await bench.desk.queue.list();
    bench.system.cast('port', 'end');
    await bench.rest();
    await expect(bench.desk.queue.decide(waiting?.id ?? '', decisionOf(row))).rejects.toMatchObject({
      code: 'approval_not_pending',
    });
    expect(answers).toEqual([]);
    expect(bench.settled).toMatchObject([{ outcome: gone }]);
  });

  test('in the moment in which a person says it: it is settled once, by whichever came first', async () => {
    bench = await DeskBench.start({ policy: ask() });
    const { answers } = bench.ask(row.kind);
    await bench.rest();
    const [waiting] = await bench.desk.queue.list();
    bench.system.cast('port', 'end');
    const said = bench.desk.queue.decide(waiting?.id ?? '', decisionOf(row)).then(
      () => 'said',
      (error: { readonly code: string }) => error.code,
    );
    await bench.rest();
    const word = await said;
    expect(['said', 'approval_not_pending']).toContain(word);
    expect(bench.settled).toMatchObject([{ outcome: word === 'said' ? { by: 'person' } : gone }]);
    expect(answers.length).toBe(word === 'said' ? 1 : 0);
  });
});
