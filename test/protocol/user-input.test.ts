import { describe, expect, test } from 'vitest';
import { InputTooLargeError } from '../../src/protocol/errors/call-errors.ts';
import { appServerInput, inputCharsMax, promptAndImages } from '../../src/protocol/user-input.ts';

describe('an input', () => {
  test('is joined with blank lines, pictures apart, as in the official SDK', () => {
    const input = [
      { type: 'text', text: 'a' },
      { type: 'local_image', path: '/x.png' },
      { type: 'text', text: 'b' },
    ];
    expect(promptAndImages(input)).toEqual({ prompt: 'a\n\nb', images: ['/x.png'] });
    expect(appServerInput(input)).toEqual([
      { type: 'text', text: 'a\n\nb', text_elements: [] },
      { type: 'localImage', path: '/x.png' },
    ]);
  });

  test('of a picture alone has no empty text', () => {
    expect(appServerInput([{ type: 'local_image', path: '/x.png' }])).toEqual([
      { type: 'localImage', path: '/x.png' },
    ]);
  });

  test.each([
    ['input', undefined],
    ['input', { type: 'text', text: 'a' }],
    ['input', 7],
    ['input[0]', ['text']],
    [
      'input[1]',
      [
        { type: 'text', text: 'a' },
        { type: 'image', url: 'x' },
      ],
    ],
    ['input[0]', [{ type: 'local_image' }]],
  ])('that is none is refused with %s named', (field, input) => {
    expect(() => promptAndImages(input)).toThrow(expect.objectContaining({ code: 'invalid_option', field }));
  });
});

describe('the limit of 1,048,576 characters', () => {
  test('lets through as many, counted as Codex counts: a surrogate pair is one', () => {
    expect(promptAndImages('x'.repeat(inputCharsMax)).prompt).toHaveLength(inputCharsMax);
    expect(promptAndImages('😀'.repeat(inputCharsMax)).prompt).toHaveLength(inputCharsMax * 2);
  });

  test('refuses one more, with both figures', () => {
    const tooLong = [
      { type: 'text', text: 'x'.repeat(inputCharsMax - 2) },
      { type: 'text', text: '😀' },
    ];
    expect(() => promptAndImages(tooLong)).toThrow(InputTooLargeError);
    expect(() => promptAndImages(tooLong)).toThrow(
      expect.objectContaining({ actualChars: inputCharsMax + 1, maxChars: inputCharsMax }),
    );
  });
});
