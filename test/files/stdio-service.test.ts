import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectFiles, copy, LocalFileStreams, lineTransport } from '../../src/files/index.ts';
import { startStdioService } from './stream-subjects.ts';

let folder: string;
let child: ReturnType<typeof startStdioService>;
let ended: Promise<unknown[]>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stdio-'));
  child = startStdioService(folder);
  ended = once(child, 'exit');
});
afterEach(async () => {
  child.kill('SIGKILL');
  await ended;
  await rm(folder, { recursive: true });
});

const connect = () => connectFiles(lineTransport(child.stdout, child.stdin));

describe('a service over the stdin and stdout of a process', () => {
  test('moves a file both ways, and the process ends in order with its connection', async () => {
    const content = Buffer.alloc(3_000_000, 'there and back');
    const from = join(folder, 'from');
    const there = join(folder, 'there');
    const back = join(folder, 'back');
    await writeFile(from, content);
    await using local = new LocalFileStreams();
    const remote = connect();
    await copy({ files: local, path: from }, { files: remote, path: there });
    await copy({ files: remote, path: there }, { files: local, path: back });
    expect((await readFile(back)).equals(content)).toBe(true);
    await remote[Symbol.asyncDispose]();
    expect(await ended).toEqual([0, null]);
  });

  test('that is killed fails what is under way and what comes', async () => {
    const files = connect();
    await files.openWrite('w', join(folder, 'a'));
    const writes = Array.from({ length: 50 }, () => files.write('w', Buffer.alloc(200_000)));
    const outcomes = Promise.allSettled(writes);
    child.kill('SIGKILL');
    expect((await outcomes).at(-1)).toMatchObject({
      status: 'rejected',
      reason: { code: 'file_connection_closed' },
    });
    await expect(files.openRead('r', join(folder, 'a'))).rejects.toMatchObject({
      code: 'file_connection_closed',
    });
    await files[Symbol.asyncDispose]();
  });

  test('ends in order also when nobody takes its answers any more', async () => {
    await writeFile(join(folder, 'a'), Buffer.alloc(262_144));
    const files = connect();
    await files.openRead('r', join(folder, 'a'));
    const reads = Array.from({ length: 60 }, () => files.read('r', 0, 262_144));
    const outcomes = Promise.allSettled(reads);
    await reads[0];
    child.stdout.destroy();
    await outcomes;
    await files[Symbol.asyncDispose]();
    expect(await ended).toEqual([0, null]);
  });

  test('ends when it is sent what is no message', async () => {
    child.stdin.write('not json\n');
    expect(await ended).toEqual([0, null]);
  });
});
