import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import {
  descendantsOf,
  processesLeft,
  processesWithEnvironment,
  processTable,
} from '../../src/testing/index.ts';

/** A shell with a child of its own, which says itself that it runs: between `fork` and `exec` it has no environment yet to be found by. */
async function startFamily(env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const family = `'${process.execPath}' -e "console.log('ready'); setTimeout(() => undefined, 600_000)" & wait`;
  const shell = spawn('/bin/sh', ['-c', family], { env, detached: true });
  await once(shell.stdout, 'data');
  return shell;
}

async function endFamily(shell: ChildProcess): Promise<void> {
  const exited = once(shell, 'exit');
  process.kill(-(shell.pid ?? 0), 'SIGKILL');
  await exited;
}

it('the table has this process, with its parent', async () => {
  const rows = await processTable();
  expect(rows).toContainEqual(expect.objectContaining({ pid: process.pid, parentPid: process.ppid }));
});

it('descendants are found at any depth, nearest first', async () => {
  const shell = await startFamily({ PATH: '/bin:/usr/bin' });
  try {
    const found = await descendantsOf(process.pid);
    const ours = found.filter((row) => row.processGroup === shell.pid);
    expect(ours.map((row) => row.parentPid)).toEqual([process.pid, shell.pid]);
    expect((await descendantsOf(shell.pid ?? 0)).map((row) => row.pid)).toEqual([ours[1]?.pid]);
  } finally {
    await endFamily(shell);
  }
});

it('a mark in the environment finds a whole family, also when its head has gone', async () => {
  const mark = randomUUID();
  const shell = await startFamily({ PATH: '/bin:/usr/bin', FAMILY: mark });
  expect(await processesWithEnvironment('FAMILY', mark)).toHaveLength(2);
  const exited = once(shell, 'exit');
  process.kill(shell.pid ?? 0, 'SIGKILL');
  await exited;
  const orphans = await processesLeft('FAMILY', mark, { withinMs: 0 });
  expect(orphans.map((row) => row.processGroup)).toEqual([shell.pid]);
  for (const orphan of orphans) process.kill(orphan.pid, 'SIGKILL');
  expect(await processesLeft('FAMILY', mark, { withinMs: 5_000 })).toEqual([]);
});

it('a mark must match whole', async () => {
  const mark = randomUUID();
  const shell = await startFamily({ PATH: '/bin:/usr/bin', FAMILY: mark });
  try {
    expect(await processesWithEnvironment('FAMILY', mark.slice(0, -1))).toEqual([]);
    expect(await processesWithEnvironment('AMILY', mark)).toEqual([]);
  } finally {
    await endFamily(shell);
  }
});
