import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/supervisor/clock.ts';
import { Span } from '../../src/telemetry/index.ts';

function createSpans() {
  let nowMs = 100;
  let ids = 0;
  const clock: Clock = {
    now: () => nowMs,
    setTimer: () => ({ cancelled: false }),
    cancelTimer: () => undefined,
  };
  const createId = () => {
    ids += 1;
    return `id-${ids}`;
  };
  return {
    advance: (ms: number) => {
      nowMs += ms;
    },
    idsMade: () => ids,
    begin: (parent?: ConstructorParameters<typeof Span>[2]) => new Span(clock, createId, parent),
  };
}

describe('a span', () => {
  test('carries the same ids at its start and at its end', () => {
    const span = createSpans().begin();
    expect(span.opened().span).toBe(span.closed().span);
  });

  test('lasts as long as the monotonic clock says', () => {
    const spans = createSpans();
    const span = spans.begin();
    spans.advance(42);
    expect(span.closed().durationMs).toBe(42);
  });

  test('makes no ids until an event carries them', () => {
    const spans = createSpans();
    const span = spans.begin();
    const child = span.child();
    expect(spans.idsMade()).toBe(0);
    child.opened();
    span.opened();
    expect(spans.idsMade()).toBe(2);
  });

  test('without a parent is the root of its own trace', () => {
    const { span } = createSpans().begin().opened();
    expect(span).toEqual({ traceId: 'id-1', spanId: 'id-1' });
  });

  test('shares its trace with all spans below it', () => {
    const root = createSpans().begin();
    const child = root.child();
    const grandchild = child.child();
    const ids = [grandchild, child, root].map((span) => span.context);
    expect(new Set(ids.map((context) => context.traceId)).size).toBe(1);
    expect(ids[0]?.parentSpanId).toBe(ids[1]?.spanId);
    expect(ids[1]?.parentSpanId).toBe(ids[2]?.spanId);
  });

  test('continues the trace of a parent from elsewhere', () => {
    const span = createSpans().begin({ traceId: 'their-trace', spanId: 'their-span' });
    expect(span.context).toEqual({ traceId: 'their-trace', spanId: 'id-1', parentSpanId: 'their-span' });
  });
});
