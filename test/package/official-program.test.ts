import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type CodexHome,
  command,
  createCodexHome,
  httpError,
  patch,
  promptScript,
  reasoning,
  ScriptedModel,
  text,
} from '../../src/testing/index.ts';

const root = join(import.meta.dirname, '..', '..');
const program = readFileSync(join(import.meta.dirname, 'official-program.ts'), 'utf8');
const official = `'@openai/codex-sdk'`;
const variants = {
  official: program,
  'app-server': program.replace(official, `'codex-actors'`),
  exec: program
    .replace(official, `'codex-actors'`)
    .replace('new OurCodex(options)', `new OurCodex({ ...options, transport: 'exec' })`),
};

let project: string;
let model: ScriptedModel;
let home: CodexHome;

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'official-'));
  const modules = join(project, 'node_modules');
  for (const folder of ['@types', '@openai']) mkdirSync(join(modules, folder), { recursive: true });
  symlinkSync(root, join(modules, 'codex-actors'));
  for (const name of ['@types/node', '@openai/codex-sdk'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'official', type: 'module' }));
  for (const [name, code] of Object.entries(variants)) writeFileSync(join(project, `${name}.ts`), code);
  model = await ScriptedModel.start();
  home = await createCodexHome({ model });
});

afterAll(async () => {
  await model.close();
  await home.dispose();
  rmSync(project, { recursive: true, force: true });
});

test('a strict program written for the official SDK compiles after a change of its import alone', () => {
  const compilerOptions = {
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    target: 'ES2023',
    types: ['node'],
    strict: true,
    noEmit: true,
  };
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['app-server.ts', 'exec.ts'] }),
  );
  const { stdout } = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', project], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
});

const add = '*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\n';
const remove = '*** Begin Patch\n*** Delete File: new.txt\n*** End Patch\n';
const prompts = [
  promptScript([reasoning('Let me see.', ['raw']), text('Hi.', { deltas: 3 })]),
  promptScript([text('Look.'), command('echo out; exit 3')], [text('It failed.')]),
  promptScript([patch(add)], [patch(remove)], [text('Done.')]),
  promptScript([httpError(400, { body: 'no such thing' })]),
];

test.each(['app-server', 'exec'] as const)(
  'on the %s transport it prints what it prints with the official SDK, event for event',
  async (transport) => expect(await printed(transport)).toEqual(await printedOfficially()),
);

/** What a variant of the program prints, without the ids of threads. Usage of a resumed thread differs, and is not printed. */
async function printed(variant: keyof typeof variants): Promise<readonly unknown[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(project, `${variant}.ts`), ...prompts],
    { cwd: home.workingDirectory, env: { ...home.env, PROGRAM_CODEX: home.executable } },
  );
  const lines = stdout
    .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gu, '<thread>')
    .trimEnd()
    .split('\n');
  return lines.map((line): unknown => JSON.parse(line));
}

let asOfficial: Promise<readonly unknown[]> | undefined;

function printedOfficially(): Promise<readonly unknown[]> {
  asOfficial ??= printed('official');
  return asOfficial;
}
