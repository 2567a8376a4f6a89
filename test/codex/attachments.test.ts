import { existsSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attach } from '../../src/files/index.ts';
import { InvalidOptionError } from '../../src/index.ts';
import { text } from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';

/** One red pixel. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

/** A recording without a sample. */
const recording = Buffer.from(
  'RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data\0\0\0\0',
  'latin1',
);

describe.each(['app-server', 'exec'] as const)('attachments on the %s transport', (transport) => {
  let rig: CodexRig;
  beforeAll(async () => {
    rig = await CodexRig.start({ transport, files: { freeBytesMin: 0 } });
  });
  afterAll(() => rig.close());

  test('reach the model: pictures as pictures, other files by a path that can be read', async () => {
    const { codex, model, threadOptions } = rig;
    const [screen, log] = await Promise.all([
      codex.files.stage(picture, { name: 'screen.png' }),
      codex.files.stage(Buffer.from('it broke\n'), { name: 'build.log' }),
    ]);
    const thread = codex.startThread(threadOptions);
    await thread.run('What broke?', attach({}, screen, log));
    const request = model.requests.at(-1);
    expect(request?.mentions(`- build.log: ${log.path}`)).toBe(true);
    expect(request?.mentions(`data:image/png;base64,${picture.toString('base64').slice(0, 40)}`)).toBe(true);
    expect(thread.attachments).toEqual([screen, log]);
    expect((await lstat(log.path)).isFile()).toBe(true);
  });

  test('that are recordings reach a model that does not listen by their path', async () => {
    const { codex, model, threadOptions } = rig;
    const beep = await codex.files.stage(recording, { name: 'beep.wav' });
    expect(beep.contentType).toBe('audio/wav');
    await codex.startThread(threadOptions).run('Listen', { attachments: [beep] });
    // Codex tells a model that listens the recording itself, in the same place; `codex exec` takes none.
    const told = transport === 'exec' ? `- ${beep.path}` : `<audio name=[Audio #1] path="${beep.path}">`;
    expect(JSON.stringify(model.requests.at(-1)?.body.input)).toContain(told.replaceAll('"', '\\"'));
  });

  test('of the thread are given to every turn', async () => {
    const { codex, model, threadOptions } = rig;
    const notes = await codex.files.stage(Buffer.from('the notes'), { name: 'notes.md' });
    const thread = codex.startThread({ ...threadOptions, attachments: [notes] });
    await thread.run('one');
    await thread.run('two');
    const asked = JSON.stringify(model.requests.at(-1)?.body.input);
    expect(asked.split(`- notes.md: ${notes.path}`)).toHaveLength(3);
  });

  test('stay while the turn runs, whatever is swept or released, and go at its end', async () => {
    const { codex, model, threadOptions } = rig;
    const gate = model.hold();
    model.enqueue([gate.action, text('done')]);
    const old = await codex.files.stage(Buffer.from(`old ${transport}`), { ttlMs: 0 });
    const scope = await codex.files.temporary(Buffer.from(`scope ${transport}`));
    const turn = codex.startThread(threadOptions).run('Look', { attachments: [old, scope] });
    await gate.reached();
    await codex.files.forceCleanup();
    expect((await codex.files.metrics()).inUse.count).toBe(2);
    expect((await lstat(old.path)).isFile()).toBe(true);
    gate.release();
    await turn;
    await codex.files.forceCleanup();
    await expect(lstat(old.path)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(lstat(scope.attachment.path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await codex.files.metrics()).inUse.count).toBe(0);
  });

  test('are let go when the turn fails, is aborted, or is never begun', async () => {
    const { codex, model, threadOptions } = rig;
    const staged = await codex.files.stage(Buffer.from('staged'));
    const thread = codex.startThread(threadOptions);
    model.enqueue([{ type: 'failed', code: 'invalid_prompt', message: 'no' }]);
    await expect(thread.run('fails', { attachments: [staged] })).rejects.toThrow();
    const gate = model.hold();
    model.enqueue([gate.action]);
    const caller = new AbortController();
    const aborted = thread.run('is aborted', { attachments: [staged], signal: caller.signal });
    await gate.reached();
    caller.abort();
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    gate.release();
    await thread.runStreamed('is never begun', { attachments: [staged] });
    expect((await codex.files.metrics()).inUse.count).toBe(0);
  });

  test('that have gone are refused before anything is submitted', async () => {
    const { codex, model, threadOptions } = rig;
    const staged = await codex.files.stage(Buffer.from('gone'));
    await codex.files.release(staged);
    const before = model.requests.length;
    await expect(
      codex.startThread(threadOptions).run('Look', { attachments: [staged] }),
    ).rejects.toMatchObject({ code: 'file_not_found' });
    expect(model.requests).toHaveLength(before);
  });

  test('that are none are refused at the call', async () => {
    const { codex, threadOptions } = rig;
    const wrong: { attachments: never[] } = JSON.parse('{"attachments": ["/etc/passwd"]}');
    await expect(codex.startThread(threadOptions).run('x', wrong)).rejects.toThrow(InvalidOptionError);
    expect(() => codex.startThread({ ...threadOptions, ...wrong })).toThrow('attachments[0]');
  });

  test('are told of as they come and go', async () => {
    const { codex } = rig;
    const told: unknown[] = [];
    using _subscription = codex.telemetry.subscribe(['attachment.staged', 'attachment.removed'], (event) => {
      told.push(event);
    });
    const content = Buffer.from(`told of ${transport}`);
    const { id, size } = await codex.files.stage(content, { name: 'a.txt', ttlMs: Number.POSITIVE_INFINITY });
    await codex.files.temporary(content).then((scope) => scope.release());
    await codex.files.release(id);
    await codex.telemetry.flush();
    const file = { path: 'codex/files/file-registry', attachmentId: id, sizeBytes: size };
    const staged = { ...file, contentType: 'text/plain', persist: false, expiresAtMs: null };
    expect(told).toMatchObject([
      { name: 'attachment.staged', ...staged, attachmentName: 'a.txt', cached: false },
      { name: 'attachment.staged', ...staged, attachmentName: 'attachment', cached: true },
      { name: 'attachment.removed', ...file, why: 'released' },
    ]);
  });

  test('go with their Codex, folder and all', async () => {
    const other = await CodexRig.start({ transport });
    const { directory } = other.codex.files;
    await other.codex.files.stage(Buffer.from('x'));
    expect(await readdir(directory)).toHaveLength(4);
    await other.close();
    await expect(lstat(directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('what a turn is given is told with its start, and with that of no other', async () => {
  await using rig = await CodexRig.start({ files: { freeBytesMin: 0 } });
  const { codex, threadOptions } = rig;
  const told: unknown[] = [];
  using _watch = codex.telemetry.subscribe(['turn.start'], ({ attachments }) => void told.push(attachments));
  const notes = await codex.files.stage(Buffer.from('# notes'), { name: 'notes.md' });
  const screen = await codex.files.temporary(picture, { name: 'screen.png' });
  const thread = codex.startThread({ ...threadOptions, attachments: [notes] });
  await thread.run('one', { attachments: [screen] });
  await codex.startThread(threadOptions).run('two');
  await codex.telemetry.flush();
  expect(told).toEqual([
    [
      { attachmentId: notes.id, attachmentName: 'notes.md', contentType: 'text/markdown', sizeBytes: 7 },
      {
        attachmentId: screen.attachment.id,
        attachmentName: 'screen.png',
        contentType: 'image/png',
        sizeBytes: picture.length,
      },
    ],
    undefined,
  ]);
});

test('a file stays while its turn recovers from the death of the Codex process, and is let go at its end', async () => {
  await using rig = await CodexRig.start({ files: { freeBytesMin: 0 } });
  const { codex, model, threadOptions } = rig;
  const pids: number[] = [];
  const resumed = Promise.withResolvers<void>();
  const present: boolean[] = [];
  const watched = ['port.ready', 'thread.recovering', 'thread.resumed'] as const;
  using _watch = codex.telemetry.subscribe(watched, (event) => {
    if (event.name === 'thread.recovering') present.push(existsSync(staged.path));
    else if (event.name === 'thread.resumed') resumed.resolve();
    else if (event.pid !== null) pids.push(event.pid);
  });
  const gate = model.hold();
  model.enqueue([gate.action, text('never said')]);
  const staged = await codex.files.stage(Buffer.from('needed twice'), { ttlMs: 0 });
  const turn = codex.startThread(threadOptions).run('Look', { attachments: [staged] });
  const outcome = Promise.allSettled([turn]);
  await gate.reached();
  const [pid] = pids;
  if (pid === undefined) throw new Error('no process is ready');
  await codex.files.forceCleanup();
  process.kill(pid, 'SIGKILL');
  await resumed.promise;
  gate.release();
  await outcome;
  expect(present).toEqual([true]);
  expect((await codex.files.metrics()).inUse.count).toBe(0);
  await codex.files.forceCleanup();
  expect(await codex.files.list()).toEqual([]);
});
