import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { threadRecord, turnRecord } from '../../src/protocol/thread-records.ts';

describe('what Codex keeps, as we tell of it', () => {
  test('any JSON is read without a throw, into a record with all its fields', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(Object.values(threadRecord(value))).not.toContain(undefined);
        expect(Object.values(turnRecord(value))).not.toContain(undefined);
        const nested = turnRecord({ items: [value], error: value, status: value });
        expect(['completed', 'failed', 'interrupted', 'in_progress']).toContain(nested.status);
      }),
    );
  });

  test.each([
    ['notLoaded', 'not_loaded'],
    ['idle', 'idle'],
    ['active', 'running'],
    ['systemError', 'failed'],
    ['ofANewerCodex', 'not_loaded'],
  ])('a thread that is %s is %s', (type, status) => {
    expect(threadRecord({ status: { type } }).status).toBe(status);
  });

  test('seconds become milliseconds, and what is unknown stays so', () => {
    expect(threadRecord({ createdAt: 5, updatedAt: 7 })).toMatchObject({
      createdAtMs: 5_000,
      updatedAtMs: 7_000,
    });
    expect(turnRecord({ startedAt: 5, completedAt: null })).toMatchObject({
      startedAtMs: 5_000,
      completedAtMs: null,
    });
  });

  test('a turn has the texts of the user as its prompt, and the last message as its answer', () => {
    const items = [
      {
        type: 'userMessage',
        id: 'u',
        content: [
          { type: 'text', text: 'one' },
          { type: 'localImage', path: '/i' },
        ],
      },
      { type: 'agentMessage', id: 'a', text: 'first' },
      { type: 'userMessage', id: 'u2', content: [{ type: 'text', text: 'two' }] },
      { type: 'agentMessage', id: 'b', text: 'second' },
    ];
    expect(turnRecord({ id: 't', status: 'completed', items })).toMatchObject({
      prompt: 'one\n\ntwo',
      finalResponse: 'second',
      items: [{ id: 'a' }, { id: 'b' }],
    });
  });
});
