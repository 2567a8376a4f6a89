import { expect, test } from 'vitest';
import { readText, typeScriptFiles } from './repository.ts';

const linesMax = 400;
const linesRarelyOver = 200;

test('no file is longer than 400 lines: one that is holds more than one concern', ({ annotate }) => {
  const lengths = typeScriptFiles('src', 'test', 'scripts', 'bench', 'examples')
    .filter((path) => !path.startsWith('src/protocol/generated/'))
    .map((path) => ({ path, lines: readText(path).trimEnd().split('\n').length }));
  const long = lengths.filter(({ path, lines }) => path.startsWith('src/') && lines > linesRarelyOver);
  for (const { path, lines } of long)
    void annotate(`${path} has ${lines} lines; over ${linesRarelyOver} is for good reasons only`);
  expect(lengths.filter(({ lines }) => lines > linesMax)).toEqual([]);
});
