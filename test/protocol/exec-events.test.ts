import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExecEvent, serializeExecEvent } from '../../src/protocol/exec-events.ts';
import { scenariosOf, transcriptLines } from './transcripts.ts';

function roundTrip(line: string): unknown {
  const parsed = parseExecEvent(line);
  return parsed.kind === 'event' ? JSON.parse(serializeExecEvent(parsed.event)) : parsed;
}

const recorded = scenariosOf('exec').flatMap((scenario) =>
  transcriptLines(scenario, 'exec').map((line) => [scenario, line] as const),
);

test.each(recorded)('%s: %s comes out as it went in', (_scenario, line) => {
  expect(roundTrip(line)).toEqual(JSON.parse(line));
});

const item = fc
  .tuple(fc.record({ id: fc.string(), type: fc.string() }), fc.dictionary(fc.string(), fc.jsonValue()))
  .map(([known, more]) => ({ ...more, ...known }));
const usage = fc.record({ input_tokens: fc.nat(), output_tokens: fc.nat() });
const event = fc
  .tuple(
    fc.dictionary(fc.string(), fc.jsonValue()),
    fc.oneof(
      fc.record({ type: fc.constant('thread.started'), thread_id: fc.string() }),
      fc.record({ type: fc.constantFrom('item.started', 'item.updated', 'item.completed'), item }),
      fc.record({ type: fc.constant('turn.completed'), usage }),
      fc.record({ type: fc.constant('turn.failed'), error: fc.record({ message: fc.string() }) }),
      fc.record({ type: fc.constant('error'), message: fc.string() }),
      fc.record({ type: fc.string().map((name) => `future.${name}`) }),
    ),
  )
  .map(([more, known]) => ({ ...more, ...known }));

test('nothing is lost or added: unknown events, items and fields come out as they went in', () => {
  fc.assert(
    fc.property(event, (value) => {
      const line = JSON.stringify(value);
      expect(roundTrip(line)).toEqual(JSON.parse(line));
    }),
  );
});

test('the doubled id of a web search is read as JSON reads it: the search’s own', () => {
  const line = '{"type":"item.started","item":{"id":"item_0","type":"web_search","id":"ws_1","query":""}}';
  expect(parseExecEvent(line)).toMatchObject({ kind: 'event', event: { item: { id: 'ws_1' } } });
});

describe('a known event without what makes it one is told apart', () => {
  test.each([
    '{"type":"turn.completed","usage":null}',
    '{"type":"turn.completed"}',
    '{"type":"turn.failed","error":"no"}',
    '{"type":"thread.started"}',
    '{"type":"item.completed","item":{"type":"agent_message"}}',
    '{"type":"item.started"}',
    '{"type":"error"}',
  ])('%s', (line) => {
    const value = JSON.parse(line);
    expect(parseExecEvent(line)).toEqual({ kind: 'malformed', type: value.type, value });
  });
});

test('what is no event costs that line only', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.constantFrom('', '[]', 'null', '{}', '{"type":1}', '"x"')),
      (line) => {
        fc.pre(!line.includes('"type":"'));
        expect(parseExecEvent(line)).toEqual({ kind: 'garbage', lineLength: line.length });
      },
    ),
  );
});
