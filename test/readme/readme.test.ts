import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CodexHome, createCodexHome, ScriptedModel } from '../../src/testing/index.ts';
import { type CodeBlock, codeBlocks } from './code-blocks.ts';

const root = join(import.meta.dirname, '..', '..');
const blockTimeoutMs = 60_000;
const runFile = promisify(execFile);

const blocks = codeBlocks(await readFile(join(root, 'README.md'), 'utf8')).filter((block) => block.runnable);

let model: ScriptedModel;
let codexHome: CodexHome;
let project: string;

/** A folder with the built package and its dependencies installed, as a user's project has them. */
async function createProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'readme-'));
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'project', type: 'module', private: true }),
  );
  await symlink(root, join(modules, 'codex-actors'));
  await symlink(join(root, 'dist', 'cli', 'main.js'), join(modules, '.bin', 'codex-actors'));
  for (const name of ['xstate', '@openai/codex', '@types/node']) {
    await mkdir(join(modules, name, '..'), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  return folder;
}

/** The user's environment: an own Codex home whose provider is the scripted model. The blocks need not know. */
function environment(): NodeJS.ProcessEnv {
  const path = [
    join(root, 'node_modules', '.bin'),
    join(project, 'node_modules', '.bin'),
    codexHome.env.PATH,
  ];
  return { ...codexHome.env, PATH: path.join(delimiter) };
}

async function run(block: CodeBlock): Promise<string> {
  const options = { cwd: project, env: environment(), timeout: blockTimeoutMs };
  if (block.language === 'sh') return (await runFile('sh', ['-euc', block.code], options)).stdout;
  const file = join(project, `readme-line-${block.line}.ts`);
  await writeFile(file, block.code);
  return (await runFile(process.execPath, [file], options)).stdout;
}

beforeAll(async () => {
  model = await ScriptedModel.start();
  codexHome = await createCodexHome({ model, git: true });
  project = await createProject();
});

afterAll(async () => {
  await rm(project, { recursive: true, force: true });
  await codexHome.dispose();
  await model.close();
});

test('README.md has something to run', () => {
  expect(blocks.map((block) => block.language)).toContain('ts');
});

test.each(blocks)(
  'the $language block at line $line of README.md runs as it stands',
  async (block) => {
    await expect(run(block)).resolves.toBeTypeOf('string');
  },
  blockTimeoutMs + 5_000,
);
