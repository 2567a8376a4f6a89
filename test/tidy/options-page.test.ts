import { describe, expect, test } from 'vitest';
import { autoRunOptionNames } from '../../src/auto-run.ts';
import { codexOptionNames, codexThreadOptionNames } from '../../src/codex-options.ts';
import { fileStoreOptionNames } from '../../src/files/file-store-options.ts';
import { goalRunOptionNames } from '../../src/goal-run.ts';
import { runOptionNames, streamedTurnOptionNames, turnOptionNames } from '../../src/turn-options.ts';
import { readText } from './repository.ts';

type Names = Readonly<Record<string, string>>;

/** The names of one table that another one has not. */
function besides(names: Names, shared: Names): Names {
  return Object.fromEntries(Object.entries(names).filter(([name]) => !Object.hasOwn(shared, name)));
}

/** The options of the table below a heading of docs/options.md, each with where it comes from. */
function listedBelow(heading: string): Names {
  const page = readText('docs/options.md');
  const [, below = ''] = page.split(new RegExp(`^#+ ${heading}$`, 'm'));
  const [section = ''] = below.split(/^#/m);
  const rows = section.matchAll(/^\| `(\w+)` \|(?: [^|]+ \|){3} (\w+) \|$/gm);
  return Object.fromEntries([...rows].map(([, name = '', origin = '']) => [name, origin]));
}

describe('docs/options.md', () => {
  test.each<[heading: string, names: Names]>([
    ['`new Codex`', codexOptionNames],
    ['`files`', fileStoreOptionNames],
    ['`startThread` and `resumeThread`', codexThreadOptionNames],
    ['Every turn', turnOptionNames],
    ['`run`', besides(runOptionNames, turnOptionNames)],
    ['`runStreamed`', besides(streamedTurnOptionNames, turnOptionNames)],
    ['`runAuto`', besides(autoRunOptionNames, turnOptionNames)],
    ['`runGoal`', goalRunOptionNames],
  ])(
    'lists below %s every option that the call takes, in its order, with where it comes from, and no other',
    (heading, names) => {
      expect(Object.entries(listedBelow(heading))).toEqual(Object.entries(names));
    },
  );

  test('has no table of options that the source has not', () => {
    const tables = readText('docs/options.md').match(/^\| option \|/gm);
    expect(tables).toHaveLength(8);
  });
});
