import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExecProcessEnd } from '../../../src/actors/exec-transport/exec-turn.ts';
import {
  RunningTurn,
  type RunningTurnOwner,
  type SkippedLine,
} from '../../../src/actors/exec-transport/running-turn.ts';
import { noUsage, type Usage } from '../../../src/protocol/exec-events.ts';
import { RecordingSink } from './recording-sink.ts';

const usage: Usage = { ...noUsage, input_tokens: 7 };

class Owner implements RunningTurnOwner {
  readonly threadIds: string[] = [];
  readonly skipped: SkippedLine[] = [];
  ends = 0;

  threadStarted(threadId: string): void {
    this.threadIds.push(threadId);
  }

  usageOf(total: unknown): Usage {
    return total === undefined ? noUsage : usage;
  }

  lineSkipped(line: SkippedLine): void {
    this.skipped.push(line);
  }

  processEndError(end: ExecProcessEnd, turn: { interrupted: boolean; begun: boolean }): Error {
    return new Error(`${end.kind}${turn.interrupted ? ' interrupted' : ''}${turn.begun ? ' begun' : ''}`);
  }

  turnEnded(): void {
    this.ends += 1;
  }
}

function runningTurn() {
  const sink = new RecordingSink();
  const owner = new Owner();
  return { sink, owner, running: new RunningTurn({ messageId: 'm1', input: 'hi' }, sink, owner) };
}

const line = (value: unknown): string => JSON.stringify(value);
const threadStarted = line({ type: 'thread.started', thread_id: 't1' });
const message = { type: 'item.completed', item: { id: 'item_0', type: 'agent_message', text: 'hello' } };
const completed = line({ type: 'turn.completed', usage });
const failed = line({ type: 'turn.failed', error: { message: 'no' } });
const failing = line({ type: 'error', message: 'on fire' });
const exit = (exitCode: number | null, signal: NodeJS.Signals | null = null): ExecProcessEnd => ({
  kind: 'exited',
  exitCode,
  signal,
  stderrTail: '',
});

describe('a running turn', () => {
  test('gives its sink the events in order and completes when Codex says so, before the process has exited', () => {
    const { sink, owner, running } = runningTurn();
    expect([threadStarted, line(message), completed].map((text) => running.line(text))).toEqual([
      false,
      false,
      true,
    ]);
    expect(sink.events).toEqual([{ type: 'thread.started', thread_id: 't1' }, message]);
    expect(sink.outcome).toEqual({ kind: 'completed', event: { type: 'turn.completed', usage } });
    expect(owner.ends).toBe(0);
    running.ended(exit(0));
    expect(owner).toMatchObject({ threadIds: ['t1'], ends: 1 });
  });

  test('that completed stays completed, whatever becomes of the process', () => {
    const { sink, running } = runningTurn();
    running.line(completed);
    running.ended(exit(1));
    expect(sink.outcome.kind).toBe('completed');
  });

  test('fails when Codex says so, with its message', () => {
    const { sink, running } = runningTurn();
    running.line(failed);
    expect(sink.outcome).toMatchObject({
      kind: 'failed',
      event: { error: { message: 'no' } },
      error: { message: 'no' },
    });
  });

  test('fails with the last error when the process then exits without a word', () => {
    const { sink, running } = runningTurn();
    running.line(failing);
    running.ended(exit(0));
    expect(sink.outcome).toMatchObject({ kind: 'failed', event: { error: { message: 'on fire' } } });
  });

  test('is abandoned when the process was killed, although an error came before', () => {
    const { sink, running } = runningTurn();
    running.line(threadStarted);
    running.line(failing);
    running.ended(exit(null, 'SIGKILL'));
    expect(sink.outcome).toMatchObject({ kind: 'abandoned', error: { message: 'exited begun' } });
  });

  test('completes without usage when Codex reports none', () => {
    const { sink, running } = runningTurn();
    expect(running.line('{"type":"turn.completed","usage":null}')).toBe(true);
    expect(sink.outcome).toMatchObject({ kind: 'completed', event: { usage: noUsage } });
  });

  test('fails although the failure gives no reason', () => {
    const { sink, running } = runningTurn();
    expect(running.line('{"type":"turn.failed"}')).toBe(true);
    expect(sink.outcome.kind).toBe('failed');
  });

  test('pays for garbage with the line alone', () => {
    const { sink, owner, running } = runningTurn();
    for (const garbage of ['what?', '{"type":', '[]', '{"type":"item.completed"}']) running.line(garbage);
    running.lineSkipped(99);
    running.line(completed);
    expect(owner.skipped.map(({ why }) => why)).toEqual([
      'garbage',
      'garbage',
      'garbage',
      'garbage',
      'too_long',
    ]);
    expect(sink.outcome.kind).toBe('completed');
  });

  test('passes on events that are not known', () => {
    const { sink, running } = runningTurn();
    running.line('{"type":"thread.renamed","name":"x"}');
    expect(sink.events).toEqual([{ type: 'thread.renamed', name: 'x' }]);
  });

  test('that was interrupted settles only when nothing of it runs any more', () => {
    const { sink, running } = runningTurn();
    let asked = 0;
    running.started(() => {
      asked += 1;
    });
    running.interrupt();
    running.interrupt();
    running.line(completed);
    expect([asked, sink.settlements]).toEqual([1, 0]);
    running.ended(exit(null, 'SIGTERM'));
    expect(sink.outcome.kind).toBe('completed');
  });

  test('that fails because it was interrupted was interrupted', () => {
    const { sink, running } = runningTurn();
    running.interrupt();
    expect(running.line(failed)).toBe(true);
    running.ended(exit(1));
    expect(sink.outcome).toMatchObject({ kind: 'abandoned', error: { message: 'exited interrupted' } });
  });

  test('that is interrupted before its process runs asks as soon as it does', () => {
    const { sink, running } = runningTurn();
    let asked = 0;
    running.interrupt();
    running.started(() => {
      asked += 1;
    });
    expect(asked).toBe(1);
    running.ended(exit(null, 'SIGTERM'));
    expect(sink.outcome).toMatchObject({ kind: 'abandoned', error: { message: 'exited interrupted' } });
  });

  test('without a process is abandoned with the reason', () => {
    const { sink, owner, running } = runningTurn();
    running.startFailed(new Error('no room'));
    expect(sink.outcome).toMatchObject({ kind: 'abandoned', error: { message: 'no room' } });
    expect(owner.ends).toBe(1);
  });

  test('settles its sink exactly once, whatever happens in whatever order', () => {
    const happening = fc.oneof(
      fc
        .constantFrom(threadStarted, completed, failed, failing, line(message), 'garbage')
        .map((text) => (running: RunningTurn) => void running.line(text)),
      fc.constant((running: RunningTurn) => running.interrupt()),
      fc.constant((running: RunningTurn) => running.started(() => {})),
      fc.constant((running: RunningTurn) => running.startFailed(new Error('x'))),
      fc.constant((running: RunningTurn) => running.ended(exit(0))),
    );
    fc.assert(
      fc.property(fc.array(happening), (happenings) => {
        const { sink, owner, running } = runningTurn();
        for (const happens of happenings) happens(running);
        running.ended(exit(1));
        expect([sink.settlements, owner.ends]).toEqual([1, 1]);
      }),
    );
  });
});
