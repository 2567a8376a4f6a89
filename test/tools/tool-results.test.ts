import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  failureCharsMax,
  failureResponse,
  resultCharsMax,
  toolResponse,
} from '../../src/actors/tools/tool-results.ts';
import { UnusableResultError } from '../../src/actors/tools/unusable-result.ts';

const text = (one: string) => ({ contentItems: [{ type: 'inputText', text: one }], success: true });

describe('the result of a tool', () => {
  test.each([
    ['a string', 'hello', text('hello')],
    ['nothing', undefined, text('Done.')],
    ['null', null, text('Done.')],
    ['a number', 0, text('0')],
    ['an object', { a: [1] }, text('{"a":[1]}')],
    ['an object whose content is a word', { content: 'words' }, text('{"content":"words"}')],
    ['no parts', { content: [] }, { contentItems: [], success: true }],
  ])('of %s', async (_what, result, response) => {
    expect(await toolResponse(result)).toEqual(response);
  });

  test('of parts keeps their order, with what is structured last', async () => {
    const content = [
      { type: 'image', data: new Uint8Array([1, 2, 3]).subarray(1), mimeType: 'image/png' },
      { type: 'text', text: 'a' },
      { type: 'image', data: 'AQID', mimeType: 'image/webp' },
    ];
    expect((await toolResponse({ content, structured: { a: 1 } })).contentItems).toEqual([
      { type: 'inputImage', imageUrl: 'data:image/png;base64,AgM=' },
      { type: 'inputText', text: 'a' },
      { type: 'inputImage', imageUrl: 'data:image/webp;base64,AQID' },
      { type: 'inputText', text: '{"a":1}' },
    ]);
  });

  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  test.each([
    ['a cycle', cycle],
    ['a bigint', { n: 1n }],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a part of no kind', { content: [{ type: 'audio' }] }],
    ['a picture that is a page', { content: [{ type: 'image', data: 'AQID', mimeType: 'text/html' }] }],
    [
      'a picture that is a link',
      { content: [{ type: 'image', data: 'https://example.com', mimeType: 'image/png' }] },
    ],
    ['101 parts', { content: Array.from({ length: 101 }, () => ({ type: 'text', text: '' })) }],
    ['too much text', 'x'.repeat(resultCharsMax + 1)],
  ])('that is %s cannot be used', async (_what, result) => {
    await expect(toolResponse(result)).rejects.toThrow(UnusableResultError);
  });

  test('that JSON can carry always reaches the model as text that is that JSON', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue().filter((value) => value !== null && typeof value !== 'string'),
        async (value) => {
          const [item] = (await toolResponse(value)).contentItems;
          expect(item?.type === 'inputText' && JSON.parse(item.text)).toEqual(
            JSON.parse(JSON.stringify(value)),
          );
        },
      ),
    );
  });
});

test('a failure is told in at most 2,000 characters', () => {
  const { contentItems, success } = failureResponse('x'.repeat(failureCharsMax + 1));
  expect([success, contentItems]).toEqual([false, [{ type: 'inputText', text: `${'x'.repeat(1_999)}…` }]]);
});
