import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ThreadOptions } from '../../src/index.ts';
import { command, text } from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';

/** What a command could do: write in its working directory, in an additional one, anywhere else; open a connection. */
const table: readonly (readonly [ThreadOptions, string])[] = [
  [{ sandboxMode: 'read-only' }, ''],
  [{ sandboxMode: 'read-only', networkAccessEnabled: true }, ''],
  [{ sandboxMode: 'workspace-write' }, 'work'],
  [{ sandboxMode: 'workspace-write', networkAccessEnabled: false }, 'work'],
  [{ sandboxMode: 'workspace-write', networkAccessEnabled: true }, 'work network'],
  [{ sandboxMode: 'workspace-write', additionalDirectories: ['../more'] }, 'work more'],
  [
    { sandboxMode: 'workspace-write', additionalDirectories: ['../more'], networkAccessEnabled: true },
    'work more network',
  ],
  [{ sandboxMode: 'danger-full-access' }, 'work more elsewhere network'],
];

describe.each(['app-server', 'exec'] as const)('on the %s transport', (transport) => {
  let rig: CodexRig;
  let script = '';
  beforeAll(async () => {
    rig = await CodexRig.start({
      transport,
      // The folders of a test are below the temporary one, where commands could write otherwise.
      config: { sandbox_workspace_write: { exclude_slash_tmp: true, exclude_tmpdir_env_var: true } },
    });
    const { workingDirectory } = rig.home;
    const folder = (name: string) => path.join(workingDirectory, '..', name);
    await Promise.all(['more', 'elsewhere'].map((name) => mkdir(folder(name))));
    const { port } = new URL(rig.model.url);
    script = [
      'can() { "$@" 2>/dev/null; }',
      'can touch here && echo work',
      `can touch '${folder('more')}/it' && echo more`,
      `can touch '${folder('elsewhere')}/it' && echo elsewhere`,
      `(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null && echo network`,
      'echo end',
    ].join('; ');
  });
  afterAll(async () => {
    expect(await rig.close()).toEqual([]);
  });

  test.each(table)('%j: a command can do this and no more: %j', async (options, can) => {
    rig.model.script(({ step }) => (step === 0 ? [command(script)] : [text('done')]));
    const { items } = await rig.codex.startThread({ ...rig.threadOptions, ...options }).run('try');
    const output = items.find((item) => item.type === 'command_execution')?.aggregated_output ?? 'none';
    expect(output.trim().split('\n')).toEqual([...can.split(' ').filter((word) => word !== ''), 'end']);
  });
});
