import { mkdir, mkdtemp, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  connectFiles,
  FileError,
  type FileServiceOptions,
  type FileStreams,
  memoryTransports,
  serveFiles,
} from '../../src/files/index.ts';

let base: string;
let root: string;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'roots-')));
  root = join(base, 'root');
  await mkdir(join(root, 'sub'), { recursive: true });
  await mkdir(join(base, 'root-beside'));
  await writeFile(join(root, 'inside'), 'inside');
  await writeFile(join(base, 'secret'), 'secret');
  await writeFile(join(base, 'root-beside', 'secret'), 'secret');
});
afterEach(() => rm(base, { recursive: true }));

async function served(options: Partial<FileServiceOptions> = {}): Promise<FileStreams> {
  const [here, there] = memoryTransports();
  await serveFiles(there, { roots: [root], ...options });
  return connectFiles(here);
}

const isOutside = { code: 'file_outside_roots' };

describe('a service opens nothing outside of its roots', () => {
  test.each([
    ['the parent', () => join(base, 'secret')],
    ['dots', () => `${root}/../secret`],
    ['dots through a folder', () => `${root}/sub/../../secret`],
    ['a folder whose name begins like a root', () => join(base, 'root-beside', 'secret')],
    ['the root itself', () => root],
    ['what is not there', () => join(base, 'nothing', 'x')],
    ['the whole disk', () => '/etc/hostname'],
  ])('by %s', async (_what, path) => {
    await using files = await served();
    await expect(files.openRead('r', path())).rejects.toMatchObject({ ...isOutside, path: path() });
    await expect(files.openWrite('w', path())).rejects.toMatchObject(isOutside);
    expect(await readFile(join(base, 'secret'), 'utf8')).toBe('secret');
  });

  test('by a link to a file, to a folder, or to nothing', async () => {
    await symlink(join(base, 'secret'), join(root, 'to-file'));
    await symlink(base, join(root, 'to-folder'));
    await symlink(join(base, 'new'), join(root, 'to-nothing'));
    await using files = await served();
    for (const name of ['to-file', 'to-folder/secret', 'to-folder/not-there']) {
      await expect(files.openRead('r', join(root, name))).rejects.toMatchObject(isOutside);
      await expect(files.openWrite('w', join(root, name))).rejects.toMatchObject(isOutside);
    }
    await expect(files.openWrite('w', join(root, 'to-nothing'))).rejects.toMatchObject({
      code: 'file_not_regular',
    });
    expect(await readFile(join(base, 'secret'), 'utf8')).toBe('secret');
    await expect(readFile(join(base, 'new'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('links that stay inside of a root are followed', async () => {
  await symlink('inside', join(root, 'link'));
  await using files = await served();
  await files.openRead('r', join(root, 'link'));
  expect(Buffer.from((await files.read('r', 0, 100)).data).toString()).toBe('inside');
});

test('a root may be given by a link, and both spellings of what lies in it are taken', async () => {
  await symlink(root, join(base, 'alias'));
  await using files = await served({ roots: [join(base, 'alias')] });
  await files.openRead('a', join(base, 'alias', 'inside'));
  await files.openRead('b', join(root, 'inside'));
});

test('a folder that is swapped for a link at any moment leads nobody outside', async () => {
  const swapped = join(root, 'swapped');
  const kept = join(root, 'kept');
  const link = join(root, 'link');
  await mkdir(swapped);
  await writeFile(join(swapped, 'secret'), 'inside');
  await symlink(base, link);
  await using files = await served();
  let isOver = false;
  const swapping = (async () => {
    while (!isOver) {
      await rename(swapped, kept);
      await rename(link, swapped);
      await rename(swapped, link);
      await rename(kept, swapped);
    }
  })();
  const found = new Set<string>();
  for (let round = 0; round < 1_500; round += 1) {
    const reading = files.openRead('r', join(swapped, 'secret')).then(() => files.read('r', 0, 100));
    const outcome = await reading.then(
      ({ data }) => Buffer.from(data).toString(),
      (error: unknown) => (FileError.isInstance(error) ? error.code : String(error)),
    );
    found.add(outcome);
    await files.close('r');
  }
  isOver = true;
  await swapping;
  const allowed = ['inside', 'file_outside_roots', 'file_not_found'];
  expect([...found].filter((outcome) => !allowed.includes(outcome))).toEqual([]);
});

test('a service that lets files be read only opens none for writing', async () => {
  await using files = await served({ readOnly: true });
  await expect(files.openWrite('w', join(root, 'inside'))).rejects.toMatchObject({
    code: 'file_access_denied',
  });
  expect(await readFile(join(root, 'inside'), 'utf8')).toBe('inside');
  await files.openRead('r', join(root, 'inside'));
});

test.each([[[]], [['relative']], [['/no/such/folder']], [['/etc/hostname']]])(
  'roots that cannot be served are refused, and the connection with them: %j',
  async (roots) => {
    const [here, there] = memoryTransports();
    await expect(serveFiles(there, { roots })).rejects.toMatchObject({ code: 'invalid_option' });
    await using files = connectFiles(here);
    await expect(files.openRead('r', '/a')).rejects.toMatchObject({ code: 'file_connection_closed' });
  },
);
