import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Codex } from '../../../src/index.ts';
import { text } from '../../../src/testing/index.ts';
import { Rig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

const ephemeral = () => rig.thread(null, { ephemeral: true });

describe('an ephemeral thread', () => {
  test('remembers its turns, and leaves nothing on disk', async () => {
    const thread = ephemeral();
    await thread.run('first prompt');
    await thread.run('second prompt');
    expect(rig.model.requests.at(-1)?.userMessages.join('\n')).toContain('first prompt');
    const files = await readdir(rig.home.env.CODEX_HOME ?? '', { recursive: true });
    expect(files.filter((file) => path.basename(file).startsWith('rollout-'))).toEqual([]);
  });

  test('is lost with its process: the running turn, those that wait and later ones say so, and nothing runs twice', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([text('half'), gate.action]);
    const thread = ephemeral();
    const outcomes = Promise.allSettled([thread.run('running'), thread.run('waiting')]);
    await gate.reached();
    await rig.killPort();
    const lost = { code: 'thread_lost', threadId: thread.id };
    expect(await outcomes).toMatchObject([{ reason: lost }, { reason: lost }]);
    await expect(thread.run('later')).rejects.toMatchObject(lost);
    expect(rig.model.submissionsOf('running')).toHaveLength(1);
    expect(rig.model.submissionsOf('waiting')).toHaveLength(0);
    expect(rig.model.submissionsOf('later')).toHaveLength(0);
  });

  test('is lost with its process between turns', async () => {
    const thread = ephemeral();
    await thread.run('first');
    await rig.killPort();
    await expect(thread.run('second')).rejects.toMatchObject({ code: 'thread_lost', threadId: thread.id });
    expect(rig.model.submissionsOf('second')).toHaveLength(0);
  });

  test('cannot be taken up again once it was closed', async () => {
    const thread = ephemeral();
    await thread.run('first');
    await thread.close();
    await expect(rig.thread(thread.id).run('second')).rejects.toMatchObject({
      code: 'thread_not_found',
      threadId: thread.id,
    });
  });

  test('has no name, no archive, no labels and no turns to read, and stays usable', async () => {
    const { threads } = rig.transport;
    const thread = ephemeral();
    await thread.run('first');
    const id = thread.id ?? '';
    const refused = { code: 'thread_ephemeral', threadId: id };
    await expect(threads.setName(id, 'n')).rejects.toMatchObject(refused);
    await expect(threads.archive(id)).rejects.toMatchObject(refused);
    await expect(threads.delete(id)).rejects.toMatchObject(refused);
    await expect(threads.turns(id).next()).rejects.toMatchObject(refused);
    await expect(threads.labels.add(id, 'l')).rejects.toMatchObject({ code: 'thread_not_found' });
    expect((await threads.read(id)).ephemeral).toBe(true);
    expect((await thread.run('second')).finalResponse).toBe('ok');
  });
});

test('a resumed thread and the exec transport refuse the option', async () => {
  await using codex = new Codex();
  await using exec = new Codex({ transport: 'exec' });
  expect(() => codex.resumeThread(crypto.randomUUID(), { ephemeral: true })).toThrowError(
    expect.objectContaining({ code: 'invalid_option', field: 'ephemeral' }),
  );
  expect(() => exec.startThread({ ephemeral: true })).toThrowError(
    expect.objectContaining({ code: 'invalid_option', field: 'transport' }),
  );
});
