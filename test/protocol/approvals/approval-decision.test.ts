import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  acceptedDecisions,
  checkDecision,
  type DecisionType,
  isAcceptance,
} from '../../../src/protocol/approvals/approval-decision.ts';
import { encodeDecision } from '../../../src/protocol/approvals/encode-decision.ts';
import { InvalidOptionError } from '../../../src/protocol/errors/call-errors.ts';
import { questions, requestOf } from './requests.ts';

const entry = { path: { type: 'path', path: '/srv/reports' }, access: 'write' } as const;
const grant = { type: 'grant', network: false, entries: [entry], scope: 'session' } as const;
const amendment = ['touch', 't1.txt'];
const host = { host: 'example.org', action: 'allow' } as const;

/** Each decision that each request takes, and the answer that the binary expects for it. */
const wire: readonly (readonly [
  request: string,
  decision: { readonly type: DecisionType },
  answer: unknown,
])[] = [
  ['command', { type: 'accept' }, { decision: 'accept' }],
  ['command', { type: 'acceptForSession' }, { decision: 'acceptForSession' }],
  [
    'command',
    { type: 'acceptWithExecpolicyAmendment', ...{ amendment } },
    { decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: amendment } } },
  ],
  [
    'command',
    { type: 'applyNetworkPolicyAmendment', ...{ amendment: host } },
    { decision: { applyNetworkPolicyAmendment: { network_policy_amendment: host } } },
  ],
  ['command', { type: 'decline', ...{ reason: 'no' } }, { decision: 'decline' }],
  ['command', { type: 'cancel' }, { decision: 'cancel' }],
  ['fileChange', { type: 'accept' }, { decision: 'accept' }],
  ['fileChange', { type: 'acceptForSession' }, { decision: 'acceptForSession' }],
  ['fileChange', { type: 'decline' }, { decision: 'decline' }],
  ['fileChange', { type: 'cancel' }, { decision: 'cancel' }],
  [
    'permissions',
    grant,
    {
      permissions: { fileSystem: { read: [], write: ['/srv/reports'], entries: [entry] } },
      scope: 'session',
    },
  ],
  [
    'permissions',
    { type: 'grant', ...{ network: true } },
    { permissions: { network: { enabled: true } }, scope: 'turn' },
  ],
  ['permissions', { type: 'decline' }, { permissions: {}, scope: 'turn' }],
  [
    'userInput',
    { type: 'answer', ...{ answers: { color: ['Blue'], pin: ['1234'] } } },
    { answers: { color: { answers: ['Blue'] }, pin: { answers: ['1234'] } } },
  ],
  ['userInput', { type: 'decline' }, { answers: {} }],
  [
    'elicitationForm',
    { type: 'acceptWithContent', ...{ content: { name: 'Ada' } } },
    { action: 'accept', content: { name: 'Ada' }, _meta: null },
  ],
  ['elicitationForm', { type: 'decline' }, { action: 'decline', content: null, _meta: null }],
  ['elicitationForm', { type: 'cancel' }, { action: 'cancel', content: null, _meta: null }],
  ['elicitationUrl', { type: 'accept' }, { action: 'accept', content: null, _meta: null }],
  ['elicitationUrl', { type: 'decline' }, { action: 'decline', content: null, _meta: null }],
  ['elicitationUrl', { type: 'cancel' }, { action: 'cancel', content: null, _meta: null }],
  ['mcpTool', { type: 'accept' }, { action: 'accept', content: {}, _meta: null }],
  ['mcpTool', { type: 'acceptForSession' }, { action: 'accept', content: {}, _meta: { persist: 'session' } }],
  ['mcpTool', { type: 'acceptAlways' }, { action: 'accept', content: {}, _meta: { persist: 'always' } }],
  ['mcpTool', { type: 'decline' }, { action: 'decline', content: null, _meta: null }],
  ['mcpTool', { type: 'cancel' }, { action: 'cancel', content: null, _meta: null }],
  ['legacyCommand', { type: 'accept' }, { decision: 'approved' }],
  ['legacyCommand', { type: 'acceptForSession' }, { decision: 'approved_for_session' }],
  [
    'legacyCommand',
    { type: 'acceptWithExecpolicyAmendment', ...{ amendment } },
    { decision: { approved_execpolicy_amendment: { proposed_execpolicy_amendment: amendment } } },
  ],
  [
    'legacyCommand',
    { type: 'applyNetworkPolicyAmendment', ...{ amendment: host } },
    { decision: { network_policy_amendment: { network_policy_amendment: host } } },
  ],
  ['legacyCommand', { type: 'decline', ...{ reason: 'no' } }, { decision: { denied: { rejection: 'no' } } }],
  ['legacyCommand', { type: 'cancel' }, { decision: 'abort' }],
  ['legacyPatch', { type: 'accept' }, { decision: 'approved' }],
  ['legacyPatch', { type: 'acceptForSession' }, { decision: 'approved_for_session' }],
  ['legacyPatch', { type: 'decline' }, { decision: { denied: { rejection: 'rejected by user' } } }],
  ['legacyPatch', { type: 'cancel' }, { decision: 'abort' }],
];

const types: readonly DecisionType[] = [
  'accept',
  'acceptForSession',
  'acceptAlways',
  'acceptWithExecpolicyAmendment',
  'applyNetworkPolicyAmendment',
  'acceptWithContent',
  'grant',
  'answer',
  'decline',
  'cancel',
];

describe('a decision', () => {
  test.each(wire)('on %s, %j, is what the binary expects on the wire', (name, decision, answer) => {
    const request = requestOf(name);
    expect(encodeDecision(request, checkDecision(request, decision))).toEqual(answer);
  });

  test.each(Object.keys(questions))('has its wire form for each that %s accepts', (name) => {
    const covered = new Set(wire.filter(([on]) => on === name).map(([, { type }]) => type));
    expect([...covered].sort()).toEqual([...acceptedDecisions(requestOf(name))].sort());
  });

  const refused = Object.keys(questions).flatMap((name) => {
    const accepted = acceptedDecisions(requestOf(name));
    return types.filter((type) => !accepted.includes(type)).map((type) => [name, type] as const);
  });
  test.each(refused)('on %s is not %s: the error names what is', (name, type) => {
    const request = requestOf(name);
    const decide = () => checkDecision(request, { type });
    expect(decide).toThrow(InvalidOptionError);
    for (const word of acceptedDecisions(request)) expect(decide).toThrow(`'${word}'`);
  });

  test('to remember is accepted only for as long as the MCP tool offers to', () => {
    const request = requestOf('mcpTool', {
      _meta: { codex_approval_kind: 'mcp_tool_call', tool_name: 'write' },
    });
    expect(acceptedDecisions(request)).toEqual(['accept', 'decline', 'cancel']);
  });

  test.each([
    ['command', { type: 'acceptWithExecpolicyAmendment', amendment: [] }, 'decision.amendment'],
    ['command', { type: 'acceptWithExecpolicyAmendment', amendment: 'rm' }, 'decision.amendment'],
    ['command', { type: 'applyNetworkPolicyAmendment', amendment: { host: '' } }, 'decision.amendment'],
    ['command', { type: 'decline', reason: 7 }, 'decision.reason'],
    ['command', { type: 'decline', reason: 'x'.repeat(1_001) }, 'decision.reason'],
    ['command', 'accept', 'decision'],
    ['permissions', { ...grant, entries: [{ ...entry, access: 'read' }] }, 'decision.entries'],
    [
      'permissions',
      { ...grant, entries: [{ path: { type: 'path', path: '/' }, access: 'write' }] },
      'decision.entries',
    ],
    ['permissions', { ...grant, entries: 'all' }, 'decision.entries'],
    ['permissions', { ...grant, scope: 'for ever' }, 'decision.scope'],
    ['permissions', { ...grant, network: 1 }, 'decision.network'],
    ['userInput', { type: 'answer', answers: { colour: ['Blue'] } }, 'decision.answers.colour'],
    ['userInput', { type: 'answer', answers: { color: ['Green'] } }, 'decision.answers.color'],
    ['userInput', { type: 'answer', answers: { color: 'Blue' } }, 'decision.answers.color'],
    ['elicitationForm', { type: 'acceptWithContent', content: 'Ada' }, 'decision.content'],
  ])('on %s, %j, is refused at %s', (name, decision, field) => {
    expect(() => checkDecision(requestOf(name), decision)).toThrow(expect.objectContaining({ field }));
  });

  test('never grants the network when it was not asked for', () => {
    const request = requestOf('permissions', { permissions: { network: null, fileSystem: null } });
    expect(() => checkDecision(request, { type: 'grant', network: true })).toThrow(InvalidOptionError);
  });

  test('that says no, or grants nothing, is no acceptance', () => {
    expect(isAcceptance({ type: 'decline' })).toBe(false);
    expect(isAcceptance({ type: 'cancel' })).toBe(false);
    expect(isAcceptance({ type: 'grant', network: false, entries: [], scope: 'turn' })).toBe(false);
    expect(
      isAcceptance({ type: 'applyNetworkPolicyAmendment', amendment: { ...host, action: 'deny' } }),
    ).toBe(false);
  });

  test('made of anything is either one that the request accepts, or a typed error', () => {
    const decision = fc.oneof(
      fc.jsonValue(),
      fc.record({ type: fc.constantFrom(...types), amendment: fc.jsonValue(), answers: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(questions)), decision, (name, made) => {
        const request = requestOf(name);
        try {
          expect(acceptedDecisions(request)).toContain(checkDecision(request, made).type);
        } catch (error) {
          expect(InvalidOptionError.isInstance(error)).toBe(true);
        }
      }),
    );
  });
});
