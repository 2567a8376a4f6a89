import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { command, customToolCall, type ModelAction, promptScript, text } from '../../src/testing/index.ts';
import { PromptScriptError, parsePromptScript, responseDue } from '../../src/testing/prompt-script.ts';

const action: fc.Arbitrary<ModelAction> = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((content) => text(content)),
  fc.string({ unit: 'grapheme' }).map((cmd) => command(cmd)),
  fc.string().map((input) => customToolCall('tool', input)),
);
const script = fc.array(fc.array(action, { maxLength: 4 }), { maxLength: 5 });
// Words around a script must not themselves hold the marks.
const words = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('@'));

describe('a script in a prompt', () => {
  it('is read as it was written, whatever stands around it', () => {
    fc.assert(
      fc.property(script, words, words, (responses, before, after) => {
        expect(parsePromptScript(`${before}${promptScript(...responses)}${after}`)).toEqual(responses);
      }),
    );
  });

  it('a prompt without one has none', () => {
    fc.assert(
      fc.property(words, (prompt) => {
        expect(parsePromptScript(prompt)).toBeUndefined();
      }),
    );
  });

  it.each(['@@[nonsense]@@', '@@[1]@@', '@@[[1]]@@', '@@[[{"type":"toString"}]]@@', '@@[{"type":"text"}]@@'])(
    'what is none is refused: %s',
    (prompt) => {
      expect(() => parsePromptScript(prompt)).toThrow(PromptScriptError);
    },
  );
});

describe('the response that is due', () => {
  it('is the one whose calls are the next unanswered ones', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }), (calls) => {
        const responses = calls.map((count) => Array.from({ length: count }, () => command('x')));
        const outputs = calls.map((_, index) => calls.slice(0, index).reduce((sum, count) => sum + count, 0));
        expect(outputs.map((count) => responseDue(responses, count))).toEqual(responses);
      }),
    );
  });

  it('stays at a response without calls, however often it is asked for', () => {
    const responses = [[command('x')], [text('end')], [text('never')]];
    expect([0, 1, 2, 9].map((outputs) => responseDue(responses, outputs))).toEqual([
      responses[0],
      responses[1],
      responses[1],
      responses[1],
    ]);
  });

  it('is the last one past the end, and nothing for an empty script', () => {
    const responses = [[command('a')], [command('b')]];
    expect(responseDue(responses, 7)).toBe(responses[1]);
    expect(responseDue([], 0)).toEqual([]);
  });
});
