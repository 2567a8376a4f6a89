import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Codex as OfficialCodex } from '@openai/codex-sdk';
import { describe, expect, test } from 'vitest';
import { execArguments } from '../../src/protocol/exec-arguments.ts';
import type { ThreadOptions } from '../../src/protocol/thread-options.ts';
import type { CodexConfigObject } from '../../src/protocol/toml.ts';

interface Case {
  readonly client: { config?: CodexConfigObject; configOverrides?: string[]; baseUrl?: string };
  readonly thread: ThreadOptions;
  readonly threadId: string | null;
  readonly images: readonly string[];
  readonly cyberAccessProgram?: 'standard' | 'daybreak_blue';
}

const everything: ThreadOptions = {
  model: 'gpt-5.5',
  threadSource: 'bot',
  sandboxMode: 'workspace-write',
  workingDirectory: '/work dir',
  skipGitRepoCheck: true,
  modelReasoningEffort: 'high',
  networkAccessEnabled: true,
  webSearchMode: 'cached',
  webSearchEnabled: false,
  approvalPolicy: 'on-request',
  additionalDirectories: ['/a', '/b'],
};

const cases: readonly (readonly [string, Case])[] = [
  ['nothing', { client: {}, thread: {}, threadId: null, images: [] }],
  [
    'everything',
    {
      client: {
        config: { a: { b: 'x"y', c: [1, { d: true }] }, e: {} },
        configOverrides: ['raw.key=1'],
        baseUrl: 'http://127.0.0.1:1/v1',
      },
      thread: everything,
      threadId: null,
      images: ['/1.png', '/2.png'],
      cyberAccessProgram: 'daybreak_blue',
    },
  ],
  ['resuming', { client: {}, thread: everything, threadId: '01a1-thread', images: ['/1.png'] }],
  [
    'empty values',
    {
      client: { baseUrl: '', config: {} },
      thread: { model: '', workingDirectory: '', webSearchEnabled: true, networkAccessEnabled: false },
      threadId: null,
      images: [],
    },
  ],
];

/** The arguments that the official SDK starts its executable with: a script that writes them down and reports a turn. */
async function officialArguments(one: Case): Promise<readonly string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'codex-actors-test-'));
  try {
    const executable = path.join(folder, 'codex');
    const written = path.join(folder, 'arguments.json');
    await writeFile(
      executable,
      `#!${process.execPath}\nrequire('node:fs').writeFileSync(${JSON.stringify(written)}, JSON.stringify(process.argv.slice(2)));\nprocess.stdin.resume();\n`,
    );
    await chmod(executable, 0o700);
    const codex = new OfficialCodex({ ...one.client, codexPathOverride: executable, env: {} });
    const thread = Object.fromEntries(Object.entries(one.thread));
    const opened =
      one.threadId === null ? codex.startThread(thread) : codex.resumeThread(one.threadId, thread);
    const images = one.images.map((image) => ({ type: 'local_image' as const, path: image }));
    const program = one.cyberAccessProgram;
    await opened.run(
      [{ type: 'text', text: 'hi' }, ...images],
      program === undefined ? {} : { cyberAccessProgram: program },
    );
    return JSON.parse(await readFile(written, 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the arguments of codex exec', () => {
  test.each(cases)('for %s are those of the official SDK, in its order', async (_name, one) => {
    expect(execArguments(one)).toEqual(await officialArguments(one));
  });

  test.each(['--last', '-c', '', 'a b', '--dangerously-bypass-approvals-and-sandbox'])(
    'take no option for a thread id: %j',
    (threadId) => {
      expect(() => execArguments({ client: {}, thread: {}, threadId, images: [] })).toThrow(
        expect.objectContaining({ code: 'invalid_option', field: 'threadId' }),
      );
    },
  );
});
