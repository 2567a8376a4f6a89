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
import { askedEntry, askedGrant, askedHost, questions, requestOf, wireForms } from './requests.ts';

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
  test.each(wireForms)('on %s, %j, is what the binary expects on the wire', (name, decision, answer) => {
    const request = requestOf(name);
    expect(encodeDecision(request, checkDecision(request, decision))).toEqual(answer);
  });

  test.each(Object.keys(questions))('has its wire form for each that %s accepts', (name) => {
    const covered = new Set(wireForms.filter(([on]) => on === name).map(([, { type }]) => type));
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
    ['permissions', { ...askedGrant, entries: [{ ...askedEntry, access: 'read' }] }, 'decision.entries'],
    [
      'permissions',
      { ...askedGrant, entries: [{ path: { type: 'path', path: '/' }, access: 'write' }] },
      'decision.entries',
    ],
    ['permissions', { ...askedGrant, entries: 'all' }, 'decision.entries'],
    ['permissions', { ...askedGrant, scope: 'for ever' }, 'decision.scope'],
    ['permissions', { ...askedGrant, network: 1 }, 'decision.network'],
    ['userInput', { type: 'answer', answers: { colour: ['Blue'] } }, 'decision.answers.colour'],
    ['userInput', { type: 'answer', answers: { color: ['Green'] } }, 'decision.answers.color'],
    ['userInput', { type: 'answer', answers: { color: 'Blue' } }, 'decision.answers.color'],
    ['elicitationForm', { type: 'acceptWithContent', content: 'Ada' }, 'decision.content'],
  ])('on %s, %j, is refused at %s', (name, decision, field) => {
    expect(() => checkDecision(requestOf(name), decision)).toThrow(expect.objectContaining({ field }));
  });

  test('on permissions leaves out nothing that the request denies, unless it grants no path', () => {
    const path = (place: string, access: string) => ({ path: { type: 'path', path: place }, access });
    const [write, denied] = [path('/srv', 'write'), path('/srv/keys', 'deny')];
    const request = requestOf('permissions', {
      permissions: {
        network: { enabled: true },
        fileSystem: { read: null, write: null, entries: [write, denied] },
      },
    });
    const granting = (...entries: readonly object[]) =>
      checkDecision(request, { type: 'grant', network: true, entries });
    expect(granting(write, denied)).toMatchObject({ entries: [write, denied] });
    expect(granting()).toMatchObject({ network: true, entries: [] });
    expect(() => granting(write)).toThrow(expect.objectContaining({ field: 'decision.entries' }));
  });

  test.each([
    ['userInput', { type: 'answer', answers: { pin: 'tiger' } }],
    ['userInput', { type: 'answer', answers: { nip: ['tiger'] } }],
    ['userInput', { type: 'answer', answers: { nip: 'tiger' } }],
    ['userInput', { type: 'answer', answers: 'tiger' }],
    ['elicitationForm', { type: 'acceptWithContent', content: 'tiger' }],
    ['elicitationForm', 'tiger'],
  ])('on %s, %j, is refused without showing what was answered, which may be a secret', (name, decision) => {
    const decide = () => checkDecision(requestOf(name), decision);
    expect(decide).toThrow(InvalidOptionError);
    expect(decide).not.toThrow(/tiger/);
  });

  const large = 'x'.repeat(2 * 1_048_576);
  test.each([
    ['userInput', { type: 'answer', answers: { pin: [large] } }, / characters"/],
    ['elicitationForm', { type: 'acceptWithContent', content: { name: large } }, / characters"/],
    ['command', { type: 'acceptWithExecpolicyAmendment', amendment: [large] }, / characters"/],
    ['elicitationForm', { type: 'acceptWithContent', content: { count: 1n } }, /what JSON cannot carry/],
  ])('on %s that the wire cannot take, or that is far too large, is refused', (name, decision, given) => {
    expect(() => checkDecision(requestOf(name), decision)).toThrow(
      expect.objectContaining({ code: 'invalid_option', field: 'decision' }),
    );
    expect(() => checkDecision(requestOf(name), decision)).toThrow(given);
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
      isAcceptance({ type: 'applyNetworkPolicyAmendment', amendment: { ...askedHost, action: 'deny' } }),
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
