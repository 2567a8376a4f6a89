import { expect, test } from 'vitest';
import { OutputTail } from '../../../src/actors/exec-port/output-tail.ts';
import { redact } from '../../../src/protocol/errors/redaction.ts';
import { withoutTerminalEscapes } from '../../../src/protocol/errors/terminal-escapes.ts';

test.each([
  ['colours', '\u001b[1;31mERROR\u001b[0m gone', 'ERROR gone'],
  ['colours in other notations', '\u001b[38:2::1:2:3mred\u001b[m', 'red'],
  ['movements of the cursor', 'a\u001b[2J\u001b[?25lb\u001b[10;20H', 'ab'],
  ['a title', '\u001b]0;owned\u0007text', 'text'],
  ['a link', '\u001b]8;;https://example.com\u001b\\here\u001b]8;;\u001b\\', 'here'],
  ['what has two characters', '\u001bMup\u001bc', 'up'],
  ['nothing', '[31m is no escape: array[0m]', '[31m is no escape: array[0m]'],
])('a text loses %s', (_what, text, plain) => {
  expect(withoutTerminalEscapes(text)).toBe(plain);
});

test('the tail of what a process wrote has no escapes, so that no colour hides a secret from redaction', () => {
  const tail = new OutputTail(1_024);
  tail.push(Buffer.from('\u001b[2mkey is hush-\u001b[31m4711\u001b[0m-hush\n'));
  expect(tail.text()).toBe('key is hush-4711-hush\n');
  expect(redact(tail.text(), ['hush-4711-hush'])).toBe('key is [redacted]\n');
});
