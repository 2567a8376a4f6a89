import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { BinarySchemas } from '../../src/actors/exec-port/binary-schemas.ts';
import { Codex, type ThreadOptions } from '../../src/index.ts';
import { acceptedValues0169, anyWords } from '../../src/protocol/accepted-values.ts';
import {
  type CodexHome,
  createCodexHome,
  homeMarkVariable,
  processesLeft,
  ScriptedModel,
  SimulatedClock,
} from '../../src/testing/index.ts';

const newerCodex = fileURLToPath(new URL('../fixtures-processes/newer-codex.js', import.meta.url));
const model = await ScriptedModel.start();
const opened: { readonly codex: Codex; readonly home: CodexHome }[] = [];

afterAll(() => model.close());
afterEach(async () => {
  for (const { codex, home } of opened.splice(0)) {
    await codex.close();
    expect(await processesLeft(homeMarkVariable, home.mark, { withinMs: 2_000 })).toEqual([]);
    await home.dispose();
  }
});

/** A `Codex` on a binary of another version than the one whose types we have. */
async function newer(
  schemaBehaviour: 'writes' | 'fails' | 'writes nonsense' = 'writes',
  transport: 'app-server' | 'exec' = 'app-server',
) {
  const home = await createCodexHome({ model });
  const runs = path.join(home.home, 'schema-runs');
  const env = {
    ...home.env,
    PATH: `${path.dirname(process.execPath)}${path.delimiter}${home.env.PATH}`,
    REAL_CODEX: home.executable,
    SCHEMA_RUNS: runs,
    SCHEMA_BEHAVIOUR: schemaBehaviour,
  };
  const codex = new Codex({
    codexPathOverride: newerCodex,
    env,
    profile: 'lean',
    retries: false,
    transport,
  });
  opened.push({ codex, home });
  const thread = (options: Record<string, unknown>) => {
    const shared: ThreadOptions = {
      workingDirectory: home.workingDirectory,
      model: 'gpt-5.5',
      skipGitRepoCheck: true,
    };
    return codex.startThread({ ...shared, ...options });
  };
  /** The folders that it was told to write schemas to. */
  const schemaFolders = () => (existsSync(runs) ? readFileSync(runs, 'utf8').trimEnd().split('\n') : []);
  return { codex, home, thread, schemaFolders };
}

describe('options are held against what the connected binary takes', () => {
  test('a word that it does not take is refused before anything of the thread is sent, and those that it takes are listed', async () => {
    const { thread } = await newer();
    const before = model.requests.length;
    await expect(thread({ sandboxMode: 'workspace-write' }).run('hello')).rejects.toMatchObject({
      code: 'invalid_option',
      field: 'sandboxMode',
      accepted: "one of 'read-only'",
    });
    expect(model.requests.length).toBe(before);
  });

  test('a word that only it takes is no mistake at the call', async () => {
    const { thread } = await newer();
    // The real binary behind it then says what it thinks of the word.
    await expect(thread({ approvalPolicy: 'on-full-moon' }).run('hello')).rejects.toMatchObject({
      code: 'rpc_invalid_request',
    });
  });

  test('where it is open what may be said, anything may', async () => {
    const { thread } = await newer();
    const { finalResponse } = await thread({ modelReasoningEffort: 'low', sandboxMode: 'read-only' }).run(
      'hello',
    );
    expect(finalResponse).toBe('ok');
  });

  test('it is asked for its schema once, and no folder is left of it', async () => {
    const { thread, schemaFolders } = await newer();
    await Promise.all([1, 2, 3].map((n) => thread({ sandboxMode: 'read-only' }).run(`hello ${n}`)));
    expect(schemaFolders()).toHaveLength(1);
    expect(schemaFolders().filter((folder) => existsSync(folder))).toEqual([]);
  });

  test.each(['fails', 'writes nonsense'] as const)(
    'when it %s, it is trusted to refuse by itself',
    async (behaviour) => {
      const { thread } = await newer(behaviour);
      expect((await thread({ sandboxMode: 'workspace-write' }).run('hello')).finalResponse).toBe('ok');
      await expect(thread({ sandboxMode: 'moon' }).run('hello')).rejects.toMatchObject({
        code: 'rpc_invalid_request',
      });
    },
  );
});

describe('the same on the exec transport, whose binary is the one that writes the schema', () => {
  test('a word that it does not take is refused before a process is started for the turn', async () => {
    const { thread, schemaFolders } = await newer('writes', 'exec');
    const before = model.requests.length;
    await expect(thread({ sandboxMode: 'workspace-write' }).run('hello')).rejects.toMatchObject({
      code: 'invalid_option',
      field: 'sandboxMode',
      accepted: "one of 'read-only'",
    });
    expect(model.requests.length).toBe(before);
    const turns = [1, 2].map((n) => thread({ sandboxMode: 'read-only' }).run(`hello ${n}`));
    for (const { finalResponse } of await Promise.all(turns)) expect(finalResponse).toBe('ok');
    expect(schemaFolders()).toHaveLength(1);
  });

  test('when it writes none, it is trusted to refuse by itself', async () => {
    const { thread } = await newer('fails', 'exec');
    await expect(thread({ sandboxMode: 'moon' }).run('hello')).rejects.toMatchObject({
      code: 'invalid_option',
      accepted: expect.stringContaining('Codex says: '),
    });
  });
});

test('the binary whose types we have is not asked: its words are built in, and checked at the call', async () => {
  const home = await createCodexHome({ model });
  const codex = new Codex({ codexPathOverride: home.executable, env: home.env, profile: 'lean' });
  opened.push({ codex, home });
  const options = JSON.parse('{"sandboxMode":"moon"}');
  expect(() => codex.startThread(options)).toThrow(/one of 'read-only'/);
  const schemas = new BinarySchemas(new SimulatedClock());
  const binary = { executable: path.join(home.home, 'nothing-to-run'), env: {} };
  expect(await schemas.acceptedBy({ ...binary, version: '0.169.0' })).toBe(acceptedValues0169);
  expect(await schemas.acceptedBy({ ...binary, version: '0.170.0' })).toBe(anyWords);
});
