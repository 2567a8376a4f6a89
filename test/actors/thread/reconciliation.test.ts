import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CrashEvidence,
  type PersistedTurn,
  reconcile,
} from '../../../src/actors/thread/reconciliation.ts';

const messageId = 'ours';
const nothing: CrashEvidence = {
  messageId,
  turnId: null,
  lastKnownTurnId: null,
  isContinuation: false,
  modelOutputSeen: false,
  turns: [],
};

function turn(id: string, status: PersistedTurn['status'], clientId?: string): PersistedTurn {
  return { id, status, items: clientId === undefined ? [] : [{ type: 'userMessage', clientId }] };
}

describe('after a crash', () => {
  test.each(['completed', 'failed'] as const)('our turn, %s: its result is delivered', (status) => {
    const turns = [turn('t2', status, messageId)];
    expect(reconcile({ ...nothing, turns })).toEqual({ kind: 'deliver', turnId: 't2', status });
  });

  test.each(['interrupted', 'inProgress'] as const)('our turn, %s: it is cut off', (status) => {
    const turns = [turn('t2', status, messageId)];
    expect(reconcile({ ...nothing, turns })).toEqual({ kind: 'cut_off', turnId: 't2', inputKept: true });
  });

  test('a turn is ours by the id that Codex gave it, before its message is kept', () => {
    const turns = [turn('t2', 'interrupted')];
    expect(reconcile({ ...nothing, turnId: 't2', lastKnownTurnId: 't2', turns })).toEqual({
      kind: 'cut_off',
      turnId: 't2',
      inputKept: false,
    });
  });

  test('a newer unfinished turn without a message is taken for ours', () => {
    const turns = [turn('t2', 'interrupted'), turn('t1', 'completed', 'other')];
    expect(reconcile({ ...nothing, lastKnownTurnId: 't1', turns })).toEqual({
      kind: 'cut_off',
      turnId: 't2',
      inputKept: false,
    });
  });

  test('an older unfinished turn is none of ours', () => {
    const turns = [turn('t1', 'interrupted', 'other')];
    expect(reconcile({ ...nothing, lastKnownTurnId: 't1', turns })).toEqual({ kind: 'resubmit' });
  });

  test.each([
    [{ kind: 'compact' }, 'contextCompaction'],
    [{ kind: 'review', target: { type: 'uncommittedChanges' } }, 'enteredReviewMode'],
  ] as const)(
    'a task has no message: a newer turn that did it is ours, an older one is not (%o)',
    (task, type) => {
      const did: PersistedTurn = { id: 't2', status: 'completed', items: [{ type }] };
      const evidence = { ...nothing, task, lastKnownTurnId: 't1' };
      expect(reconcile({ ...evidence, turns: [did, turn('t1', 'completed')] })).toMatchObject({
        kind: 'deliver',
        turnId: 't2',
      });
      expect(reconcile({ ...evidence, turns: [turn('t1', 'completed'), did] })).toEqual({ kind: 'resubmit' });
      const begun: PersistedTurn = { ...did, status: 'interrupted' };
      expect(reconcile({ ...evidence, turns: [begun] })).toMatchObject({ kind: 'cut_off', turnId: 't2' });
    },
  );

  test('another try has no message of its own: the first turn after the failed one is ours, and the failed one is not', () => {
    const failed = turn('t1', 'failed', messageId);
    const another = { ...nothing, isContinuation: true, lastKnownTurnId: 't1' };
    expect(reconcile({ ...another, turns: [failed] })).toEqual({ kind: 'resubmit' });
    expect(reconcile({ ...another, turns: [turn('t2', 'completed'), failed] })).toEqual({
      kind: 'deliver',
      turnId: 't2',
      status: 'completed',
    });
    expect(reconcile({ ...another, turns: [turn('t2', 'interrupted'), failed] })).toEqual({
      kind: 'cut_off',
      turnId: 't2',
      inputKept: true,
    });
  });

  test('nothing found and nothing seen: nothing ran', () => {
    expect(reconcile(nothing)).toEqual({ kind: 'resubmit' });
  });

  test('nothing found, but the model had answered: it is cut off', () => {
    expect(reconcile({ ...nothing, modelOutputSeen: true })).toEqual({
      kind: 'cut_off',
      turnId: null,
      inputKept: false,
    });
  });

  test('no turn is submitted again that left any trace', () => {
    const status = fc.constantFrom<PersistedTurn['status']>(
      'completed',
      'failed',
      'interrupted',
      'inProgress',
    );
    const others = fc.array(
      fc.record({ id: fc.uuid(), status }).map(({ id, status }) => turn(id, status)),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(others, status, fc.nat(5), fc.boolean(), (turns, ourStatus, at, modelOutputSeen) => {
        const withOurs = turns.toSpliced(at, 0, turn('our-turn', ourStatus, messageId));
        const evidence = { ...nothing, lastKnownTurnId: turns[0]?.id ?? null, modelOutputSeen };
        expect(reconcile({ ...evidence, turns: withOurs }).kind).not.toBe('resubmit');
        if (modelOutputSeen) expect(reconcile({ ...evidence, turns }).kind).not.toBe('resubmit');
      }),
    );
  });
});
