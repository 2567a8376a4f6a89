import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Codex, type ThreadHistoryMode } from '../../src/index.ts';
import { CodexRig } from './rig.ts';

/** What the file of the home's one thread says about how it is kept. */
async function keptAs(home: string): Promise<string | undefined> {
  const sessions = path.join(home, 'sessions');
  const names = (await readdir(sessions, { recursive: true })).filter((name) => name.endsWith('.jsonl'));
  expect(names).toHaveLength(1);
  const [first = ''] = (await readFile(path.join(sessions, names[0] ?? ''), 'utf8')).split('\n');
  const { payload } = JSON.parse(first);
  // A file of an older Codex, which had one way only, has no such field.
  return payload.history_mode ?? 'legacy';
}

describe('how Codex keeps a new thread', () => {
  test.each<[string, 'lean' | 'compatible', ThreadHistoryMode | undefined, ThreadHistoryMode]>([
    ['what Codex does by itself in the compatible profile', 'compatible', undefined, 'paginated'],
    ['legacy in the lean profile', 'lean', undefined, 'legacy'],
    ['what the thread says, in the lean profile too', 'lean', 'paginated', 'paginated'],
    ['what the thread says, in the compatible profile too', 'compatible', 'legacy', 'legacy'],
  ])('%s', async (_title, profile, historyMode, expected) => {
    await using rig = await CodexRig.start({ profile });
    const options = historyMode === undefined ? {} : { historyMode };
    await rig.codex.startThread({ ...rig.threadOptions, ...options }).run('hello');
    expect(await keptAs(rig.home.home)).toBe(expected);
  });

  test('cannot be chosen on the exec transport, which has no word for it', async () => {
    await using codex = new Codex({ transport: 'exec' });
    expect(() => codex.startThread({ historyMode: 'legacy' })).toThrow(
      expect.objectContaining({ code: 'invalid_option', field: 'historyMode' }),
    );
  });
});
