import { expect, test } from 'vitest';
import { codeBlocks } from './code-blocks.ts';

const page = [
  '# Page',
  '',
  '```ts run',
  'const a = 1;',
  '```',
  '',
  'text `code`',
  '',
  '```sh',
  'npm ci',
  '```',
  '',
].join('\n');

test('only a block whose fence says so is run', () => {
  expect(codeBlocks(page)).toEqual([
    { language: 'ts', runnable: true, code: 'const a = 1;\n', line: 3 },
    { language: 'sh', runnable: false, code: 'npm ci\n', line: 9 },
  ]);
});
