import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { ApprovalPolicy } from '../../../src/actors/approvals/policies/approval-policy.ts';
import { acceptedDecisions } from '../../../src/protocol/approvals/approval-decision.ts';
import { ApprovalPolicyError } from '../../../src/protocol/errors/approval-errors.ts';
import { questions, requestOf, wireForms } from '../../protocol/approvals/requests.ts';
import { DeskBench } from './desk-bench.ts';
import { verdictOf } from './policies/policy-bench.ts';

const kinds = Object.keys(questions);

/** A policy that says what no compiler would let it say. */
function saying(value: unknown): ApprovalPolicy {
  return () => value as never;
}

const trap = new Proxy(
  {},
  {
    get: () => {
      throw new Error('trapped');
    },
  },
);

const nonsense: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['yes', 'accept'],
  ['true', true],
  ['a number', 42],
  ['an empty object', {}],
  ['an array', [{ type: 'accept' }]],
  ['an unknown word', { type: 'perhaps' }],
  ['a word of an object', { type: { toString: () => 'accept' } }],
  ['a function', () => ({ type: 'accept' })],
  ['a question without end', { type: 'ask', timeoutMs: Number.POSITIVE_INFINITY }],
  ['a question before its beginning', { type: 'ask', timeoutMs: -1 }],
  ['what throws when it is read', trap],
];

let bench: DeskBench | null = null;
afterEach(async () => {
  await bench?.stop();
  bench = null;
});

describe.each(nonsense)('a policy that says %s', (_what, value) => {
  test.each(kinds)('declines a request of %s in the form that Codex knows, and is reported', async (kind) => {
    bench = await DeskBench.start({ policy: saying(value) });
    const { answers } = bench.ask(kind);
    await bench.rest();
    const [, , declined] = wireForms.find(([on, { type }]) => on === kind && type === 'decline') ?? [];
    expect(answers).toHaveLength(1);
    if (!kind.startsWith('legacy')) expect(answers).toEqual([{ result: declined }]);
    else expect(JSON.stringify(answers)).toContain('denied');
    expect(bench.settled).toMatchObject([
      { outcome: { status: 'declined', by: 'runtime', error: { code: 'approval_policy_failed' } } },
    ]);
    expect(await bench.desk.queue.list()).toEqual([]);
  });
});

test('whatever a policy says is a verdict that the request takes, or an ApprovalPolicyError', async () => {
  const word = fc.constantFrom('accept', 'acceptWithContent', 'grant', 'answer', 'ask', 'cancel');
  const said = fc.oneof(
    fc.anything(),
    fc.record({ type: word, content: fc.anything(), answers: fc.anything(), timeoutMs: fc.anything() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...kinds), said, async (kind, value) => {
      const request = requestOf(kind);
      const taken = ['ask', 'pass', ...acceptedDecisions(request)];
      const outcome = await verdictOf(saying(value), request).then(
        ({ type }) => taken.includes(type),
        (error: unknown) => ApprovalPolicyError.isInstance(error),
      );
      expect(outcome).toBe(true);
    }),
  );
});
