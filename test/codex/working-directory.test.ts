import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { homeMarkVariable, processesWithEnvironment } from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';

describe.each(['app-server', 'exec'] as const)('on the %s transport', (transport) => {
  let rig: CodexRig;
  beforeAll(async () => {
    rig = await CodexRig.start({ transport });
    await writeFile(below('a-file'), '');
  });
  afterAll(async () => {
    expect(await rig.close()).toEqual([]);
  });
  const below = (name: string) => path.join(rig.home.workingDirectory, name);

  test.each([
    ['missing', 'does not exist'],
    ['a-file', 'is none'],
    [path.join('a-file', 'below'), 'cannot be reached (ENOTDIR)'],
  ])(
    'a working directory that is no folder (%s) is refused by the first turn, before anything starts',
    async (name, problem) => {
      const workingDirectory = below(name);
      const thread = rig.codex.startThread({ ...rig.threadOptions, workingDirectory });
      const refused = {
        code: 'invalid_option',
        field: 'workingDirectory',
        accepted: `a folder, and ${workingDirectory} ${problem}`,
      };
      const turns = await Promise.allSettled([thread.run('one'), thread.run('two')]);
      expect(turns).toMatchObject([{ reason: refused }, { reason: refused }]);
      expect(rig.model.requests).toEqual([]);
      expect(await processesWithEnvironment(homeMarkVariable, rig.home.mark)).toEqual([]);
    },
  );

  test('a turn that is asked for when the folder is there runs in it, on the same thread', async () => {
    const workingDirectory = below('late');
    const thread = rig.codex.startThread({ ...rig.threadOptions, workingDirectory });
    await expect(thread.run('too early')).rejects.toMatchObject({ field: 'workingDirectory' });
    await mkdir(workingDirectory);
    expect((await thread.run('in time')).finalResponse).toBe('ok');
    expect(rig.model.requests.at(-1)?.mentions(workingDirectory)).toBe(true);
    expect(rig.model.requests.some((request) => request.mentions('too early'))).toBe(false);
  });

  test('a thread whose folder has gone is resumed in the one that its options name', async () => {
    const [gone, other] = [below('gone'), below('other')];
    await Promise.all([mkdir(gone), mkdir(other)]);
    const thread = rig.codex.startThread({ ...rig.threadOptions, workingDirectory: gone });
    await thread.run('one');
    await thread.close();
    await rm(gone, { recursive: true });
    const id = thread.id ?? '';
    const there = rig.codex.resumeThread(id, { ...rig.threadOptions, workingDirectory: gone });
    await expect(there.run('two')).rejects.toMatchObject({ field: 'workingDirectory' });
    const moved = rig.codex.resumeThread(id, { ...rig.threadOptions, workingDirectory: other });
    expect((await moved.run('three')).finalResponse).toBe('ok');
  });
});
