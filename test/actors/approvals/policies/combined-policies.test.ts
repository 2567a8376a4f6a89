import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  ApprovalPolicy,
  ApprovalVerdict,
} from '../../../../src/actors/approvals/policies/approval-policy.ts';
import { all, byKind, firstOf } from '../../../../src/actors/approvals/policies/combined-policies.ts';
import { allow, ask, deny, pass } from '../../../../src/actors/approvals/policies/plain-policies.ts';
import type { PermissionEntry } from '../../../../src/protocol/approvals/approval-request.ts';
import { InvalidOptionError } from '../../../../src/protocol/errors/call-errors.ts';
import { questions, requestOf } from '../../../protocol/approvals/requests.ts';
import { verdictOf } from './policy-bench.ts';

const request = requestOf('command');

const verdict: fc.Arbitrary<ApprovalVerdict> = fc.oneof(
  fc.constantFrom<ApprovalVerdict>(
    { type: 'accept' },
    { type: 'acceptForSession' },
    { type: 'acceptWithExecpolicyAmendment', amendment: ['git'] },
    { type: 'acceptWithExecpolicyAmendment', amendment: ['git', 'log'] },
    { type: 'acceptWithExecpolicyAmendment', amendment: ['ls'] },
    { type: 'applyNetworkPolicyAmendment', amendment: { host: 'a', action: 'allow' } },
    { type: 'applyNetworkPolicyAmendment', amendment: { host: 'b', action: 'allow' } },
    { type: 'applyNetworkPolicyAmendment', amendment: { host: 'a', action: 'deny' } },
    { type: 'pass' },
    { type: 'cancel' },
    { type: 'ask' },
  ),
  fc.record({ type: fc.constant('decline' as const), reason: fc.constantFrom('a', 'b') }),
  fc.record({ type: fc.constant('ask' as const), timeoutMs: fc.nat(1_000) }),
);
const entries = ['/srv/a', '/srv/b', '/srv/c'].map(
  (path): PermissionEntry => ({
    path: { type: 'path', path },
    access: 'write',
  }),
);
const permissionsRequest = requestOf('permissions', {
  permissions: { network: { enabled: true }, fileSystem: { read: null, write: null, entries } },
});
const grant = fc.record({
  type: fc.constant('grant' as const),
  network: fc.boolean(),
  entries: fc.subarray(entries),
  scope: fc.constantFrom('turn' as const, 'session' as const),
});
/** Any verdict on permissions: what is granted of them, or one of those that all kinds have. */
const verdictOnPermissions: fc.Arbitrary<ApprovalVerdict> = fc.oneof(
  { weight: 4, arbitrary: grant },
  {
    weight: 1,
    arbitrary: fc.constantFrom<ApprovalVerdict>({ type: 'pass' }, { type: 'ask' }, { type: 'decline' }),
  },
);

function policyOf(verdicts: fc.Arbitrary<ApprovalVerdict>): fc.Arbitrary<ApprovalPolicy> {
  return fc.tuple(verdicts, fc.boolean()).map(([said, later]) => (later ? async () => said : () => said));
}
/** A policy that says the same always: at once, or a little later. */
const policy = policyOf(verdict);

/** A policy that notes that it was asked. */
function noting(said: ApprovalVerdict, asked: string[], name: string): ApprovalPolicy {
  return () => {
    asked.push(name);
    return said;
  };
}

describe.each([
  ['firstOf', firstOf],
  ['all', all],
])('%s', (_name, combine) => {
  test('is associative', async () => {
    await fc.assert(
      fc.asyncProperty(policy, policy, policy, async (a, b, c) => {
        const flat = await verdictOf(combine(a, b, c), request);
        expect(await verdictOf(combine(combine(a, b), c), request)).toEqual(flat);
        expect(await verdictOf(combine(a, combine(b, c)), request)).toEqual(flat);
      }),
    );
  });

  test('is associative in what it grants of permissions', async () => {
    const one = policyOf(verdictOnPermissions);
    await fc.assert(
      fc.asyncProperty(one, one, one, async (a, b, c) => {
        const flat = await verdictOf(combine(a, b, c), permissionsRequest);
        expect(await verdictOf(combine(combine(a, b), c), permissionsRequest)).toEqual(flat);
        expect(await verdictOf(combine(a, combine(b, c)), permissionsRequest)).toEqual(flat);
      }),
    );
  });

  test('of one policy is that policy', async () => {
    await fc.assert(
      fc.asyncProperty(policy, async (one) => {
        expect(await verdictOf(combine(one), request)).toEqual(await verdictOf(one, request));
      }),
    );
  });

  test('refuses what is no policy, naming which', () => {
    const bad: unknown = 'allow';
    expect(() => Reflect.apply(combine, undefined, [allow(), bad])).toThrow(
      expect.objectContaining({ code: 'invalid_option', field: 'policies[1]' }),
    );
  });

  test('passes on that a policy threw, and asks no further', async () => {
    const thrown = new Error('no');
    const bad: ApprovalPolicy = () => {
      throw thrown;
    };
    const asked: string[] = [];
    const combined = combine(pass(), bad, noting({ type: 'accept' }, asked, 'after'));
    await expect(verdictOf(combined, request)).rejects.toMatchObject({
      code: 'approval_policy_failed',
      cause: thrown,
    });
    expect(asked).toEqual([]);
  });
});

describe('firstOf', () => {
  test('says what the first says that has an opinion, and does not ask those after it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(verdict), async (said) => {
        const asked: string[] = [];
        const combined = firstOf(...said.map((one, at) => noting(one, asked, `${at}`)));
        const first = said.findIndex(({ type }) => type !== 'pass');
        expect(await verdictOf(combined, request)).toEqual(said[first] ?? { type: 'pass' });
        expect(asked).toHaveLength(first < 0 ? said.length : first + 1);
      }),
    );
  });

  test('takes a policy without an opinion as if it were not there', async () => {
    await fc.assert(
      fc.asyncProperty(policy, async (one) => {
        const alone = await verdictOf(one, request);
        expect(await verdictOf(firstOf(pass(), one), request)).toEqual(alone);
        expect(await verdictOf(firstOf(one, pass()), request)).toEqual(alone);
      }),
    );
  });
});

describe('all', () => {
  const isNo = (said: ApprovalVerdict) =>
    said.type === 'decline' ||
    said.type === 'cancel' ||
    (said.type === 'applyNetworkPolicyAmendment' && said.amendment.action === 'deny');

  test('grants no permission that one of them does not grant, and for no longer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(grant, { minLength: 1, maxLength: 4 }), async (grants) => {
        const [first, ...others] = grants.map(
          (one): ApprovalPolicy =>
            () =>
              one,
        );
        if (first === undefined) return;
        expect(await verdictOf(all(first, ...others), permissionsRequest)).toEqual({
          type: 'grant',
          network: grants.every(({ network }) => network),
          entries: entries.filter((entry) => grants.every((one) => one.entries.includes(entry))),
          scope: grants.some(({ scope }) => scope === 'turn') ? 'turn' : 'session',
        });
      }),
    );
  });

  test('says no when any says no, and the first no counts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(verdict, { minLength: 1 }), async (said) => {
        const [first, ...others] = said.map(
          (one): ApprovalPolicy =>
            () =>
              one,
        );
        if (first === undefined) return;
        const together = await verdictOf(all(first, ...others), request);
        const no = said.find(isNo);
        if (no === undefined) expect(isNo(together)).toBe(false);
        else expect(together).toEqual(no);
      }),
    );
  });

  test.each([
    ['yes and no opinion', [{ type: 'accept' }, { type: 'pass' }], { type: 'pass' }],
    ['a question and no opinion', [{ type: 'ask' }, { type: 'pass' }], { type: 'pass' }],
    ['yes and a question', [{ type: 'accept' }, { type: 'ask' }], { type: 'ask' }],
    ['yes for the session and once', [{ type: 'acceptForSession' }, { type: 'accept' }], { type: 'accept' }],
    [
      'a rule and one that it covers',
      [
        { type: 'acceptWithExecpolicyAmendment', amendment: ['git'] },
        { type: 'acceptWithExecpolicyAmendment', amendment: ['git', 'log'] },
      ],
      { type: 'acceptWithExecpolicyAmendment', amendment: ['git', 'log'] },
    ],
    [
      'two rules of which neither covers the other',
      [
        { type: 'acceptWithExecpolicyAmendment', amendment: ['git', 'log'] },
        { type: 'acceptWithExecpolicyAmendment', amendment: ['git', 'diff'] },
      ],
      { type: 'acceptForSession' },
    ],
    [
      'rules of two kinds',
      [
        { type: 'acceptWithExecpolicyAmendment', amendment: ['curl'] },
        { type: 'applyNetworkPolicyAmendment', amendment: { host: 'a', action: 'allow' } },
      ],
      { type: 'acceptForSession' },
    ],
    [
      'a long and a short question',
      [{ type: 'ask', timeoutMs: 9 }, { type: 'ask' }, { type: 'ask', timeoutMs: 5 }],
      { type: 'ask', timeoutMs: 5 },
    ],
  ] as const)('of %s says the stricter', async (_what, said, expected) => {
    const [first, ...others] = said.map(
      (one): ApprovalPolicy =>
        () =>
          one,
    );
    if (first !== undefined) expect(await verdictOf(all(first, ...others), request)).toEqual(expected);
  });

  test('asks nobody after a no', async () => {
    const asked: string[] = [];
    const combined = all(deny(), noting({ type: 'accept' }, asked, 'after'));
    expect(await verdictOf(combined, request)).toEqual({ type: 'decline' });
    expect(asked).toEqual([]);
  });

  test('of two answers that are as strict takes the first', async () => {
    const answer =
      (color: string): ApprovalPolicy =>
      () => ({ type: 'answer', answers: { color: [color] } });
    const combined = all(answer('Blue'), answer('Red'));
    expect(await verdictOf(combined, requestOf('userInput'))).toMatchObject({ answers: { color: ['Blue'] } });
  });
});

describe('byKind', () => {
  test('asks the policy of the kind, and has no opinion on kinds that are left out', async () => {
    const chosen = byKind({ command: allow(), file_change: deny() });
    expect(await verdictOf(chosen, request)).toEqual({ type: 'accept' });
    expect(await verdictOf(chosen, requestOf('fileChange'))).toEqual({ type: 'decline' });
    expect(await verdictOf(chosen, requestOf('userInput'))).toEqual({ type: 'pass' });
  });

  test('refuses a kind that there is not', () => {
    expect(() => Reflect.apply(byKind, undefined, [{ commands: allow() }])).toThrow(InvalidOptionError);
  });

  test('keeps the policies it was given, whatever becomes of the object', async () => {
    const policies: { command: ApprovalPolicy } = { command: deny() };
    const chosen = byKind(policies);
    policies.command = allow();
    expect(await verdictOf(chosen, request)).toEqual({ type: 'decline' });
  });
});

describe('plain policies', () => {
  test.each(Object.keys(questions))('give %s what it accepts, or have no opinion', async (name) => {
    for (const plain of [
      allow(),
      allow({ for: 'session' }),
      deny(),
      deny({ cancelTurn: true }),
      ask(),
      pass(),
    ])
      await expect(verdictOf(plain, requestOf(name))).resolves.toHaveProperty('type');
  });

  test('allow all permissions that are asked for, for the turn or the session', async () => {
    const asked = requestOf('permissions');
    expect(await verdictOf(allow(), asked)).toMatchObject({ type: 'grant', network: true, scope: 'turn' });
    expect(await verdictOf(allow({ for: 'session' }), asked)).toMatchObject({ scope: 'session' });
  });

  test('never invent an answer to a question', async () => {
    for (const name of ['userInput', 'elicitationForm', 'elicitationUrl'])
      expect(await verdictOf(allow(), requestOf(name))).toEqual({ type: 'pass' });
  });

  test('say why, and end the turn where Codex can', async () => {
    const no = deny({ reason: 'frozen', cancelTurn: true });
    expect(await verdictOf(no, request)).toEqual({ type: 'cancel', reason: 'frozen' });
    expect(await verdictOf(no, requestOf('permissions'))).toEqual({ type: 'decline', reason: 'frozen' });
  });

  test.each([
    ['allow', () => Reflect.apply(allow, undefined, [{ for: 'ever' }])],
    ['deny', () => deny({ reason: 'x'.repeat(1_001) })],
  ])('%s refuses options that cannot be', (_name, call) => {
    expect(call).toThrow(InvalidOptionError);
  });
});

describe('a policy', () => {
  test.each([
    ['nothing', undefined],
    ['a word', 'accept'],
    ['true', true],
    ['an unknown type', { type: 'yes' }],
    ['a decision for another kind', { type: 'grant', network: true, entries: [], scope: 'turn' }],
    ['a question with no time', { type: 'ask', timeoutMs: -1 }],
    ['a question with a time that is none', { type: 'ask', timeoutMs: 'soon' }],
  ])('that answers %s has failed', async (_what, answer) => {
    const answers: object = { answer };
    const nonsense: ApprovalPolicy = () => Reflect.get(answers, 'answer');
    await expect(verdictOf(nonsense, request)).rejects.toMatchObject({
      code: 'approval_policy_failed',
      approvalKind: 'command',
      cause: expect.any(Error),
    });
  });

  test('that rejects has failed, with what it rejected with as the cause', async () => {
    const cause = new Error('no database');
    await expect(verdictOf(() => Promise.reject(cause), request)).rejects.toMatchObject({ cause });
  });
});
