import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completed, cutIntoDeltas, sseEvent } from '../../src/testing/responses-sse.ts';

describe('cutting a text into deltas', () => {
  it('loses nothing, cuts no code point, and makes as many as asked where there are that many', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, count) => {
        const deltas = cutIntoDeltas(text, count);
        const points = Array.from(text);
        expect(deltas.join('')).toBe(text);
        expect(deltas.flatMap((delta) => Array.from(delta))).toEqual(points);
        expect(deltas).toHaveLength(Math.max(1, Math.min(count, points.length)));
        if (points.length > 0) expect(deltas).not.toContain('');
      }),
    );
  });
});

describe('an event', () => {
  it('is one event line and one data line, whatever its text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (delta) => {
        const lines = sseEvent('response.output_text.delta', { delta }).split('\n');
        expect(lines).toHaveLength(4);
        expect(lines[0]).toBe('event: response.output_text.delta');
        expect(JSON.parse(lines[1]?.slice('data: '.length) ?? '')).toEqual({
          type: 'response.output_text.delta',
          delta,
        });
      }),
    );
  });

  it('that completes a response totals its tokens', () => {
    const data = completed('resp_1', { inputTokens: 3, outputTokens: 4 }).split('\n')[1] ?? '';
    expect(JSON.parse(data.slice('data: '.length))).toMatchObject({
      response: { id: 'resp_1', usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 } },
    });
  });
});
