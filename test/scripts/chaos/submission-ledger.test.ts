import { beforeEach, describe, expect, test } from 'vitest';
import { marker } from '../../../scripts/chaos/run-marker.ts';
import { SubmissionLedger } from '../../../scripts/chaos/submission-ledger.ts';
import { lostText } from '../../../src/actors/auto-run/auto-run-inputs.ts';

const run = { lane: 12, round: 3 };
const said = (message: number) => `${marker(run, message)} Go on.`;

let ledger: SubmissionLedger;
beforeEach(() => {
  ledger = new SubmissionLedger();
  ledger.opened(run);
});

describe('the ledger of what the model was asked', () => {
  test('finds the run of a request, and counts each message once, however often its turn asks', () => {
    expect(ledger.note({ turnId: 'a', userMessages: ['before', said(0)] })).toEqual(run);
    ledger.note({ turnId: 'a', userMessages: [said(0)] });
    ledger.note({ turnId: 'b', userMessages: [said(0), said(1)] });
    expect(ledger.submissions).toBe(2);
    expect(ledger.violations).toEqual([]);
  });

  test('says what was answered in two turns', () => {
    ledger.note({ turnId: 'a', userMessages: [said(0)] });
    ledger.note({ turnId: 'b', userMessages: [said(0)] });
    expect(ledger.violations).toEqual(['[chaos 12/3/0] was answered in turn a and again in turn b']);
  });

  test('takes what is told again, with a warning, where the model had not been asked about it', () => {
    const toldAgain = `${lostText}\n${said(0)}`;
    ledger.note({ turnId: 'b', userMessages: [said(0), toldAgain] });
    ledger.note({ turnId: 'b', userMessages: [said(0), toldAgain] });
    expect(ledger.violations).toEqual([]);
    expect([ledger.submissions, ledger.retellings]).toEqual([1, 1]);
  });

  test('but not where it had', () => {
    ledger.note({ turnId: 'a', userMessages: [said(0)] });
    ledger.note({ turnId: 'b', userMessages: [`${lostText}\n${said(0)}`] });
    expect(ledger.violations).toEqual(['[chaos 12/3/0] was answered in turn a and again in turn b']);
  });

  test('says what stands twice in a history', () => {
    ledger.note({ turnId: 'a', userMessages: [said(0), said(0)] });
    expect(ledger.violations).toEqual(['[chaos 12/3/0] stands twice in the history of turn a']);
  });

  test('says what is asked about after its run has ended', () => {
    ledger.closed(run, 'interrupted with it');
    ledger.note({ turnId: 'interrupted with it', userMessages: [said(0)] });
    ledger.note({ turnId: 'a', userMessages: [said(0)] });
    expect(ledger.violations).toEqual(['[chaos 12/3/0] was asked about after its run had ended']);
  });

  test('takes no submission from a turn that goes on without a message of ours', () => {
    ledger.note({ turnId: 'a', userMessages: [said(0)] });
    expect(ledger.note({ turnId: 'b', userMessages: [said(0), 'go on'] })).toEqual(run);
    expect(ledger.submissions).toBe(1);
    expect(ledger.violations).toEqual([]);
  });

  test('leaves alone what is not of a night', () => {
    expect(ledger.note({ turnId: 'a', userMessages: ['hello'] })).toBeUndefined();
    expect(ledger.note({ turnId: 'a', userMessages: [] })).toBeUndefined();
  });
});
