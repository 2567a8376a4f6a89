/**
 * Runs every file of examples/ but the one that `npm start` shows, and fails when one exits non-zero or takes too long: `npm run examples`.
 *
 * Examples bring their own scripted model and assert what they show, so that each is a test of the published package. The
 * environment is stripped of credentials, so that none reaches a real model by mistake.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeEnd, runCommand } from './child-command.ts';

const root = join(import.meta.dirname, '..');
const exampleTimeoutMs = 60_000;

function exampleFiles(): readonly string[] {
  const start = /"start":\s*"[^"]*examples\/([\w.-]+)/.exec(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )?.[1];
  return readdirSync(join(root, 'examples'))
    .filter((name) => name.endsWith('.ts') && name !== start)
    .sort();
}

function environmentWithoutCredentials(): NodeJS.ProcessEnv {
  const isCredential = /^(OPENAI|CODEX|AZURE_OPENAI)_|(_|^)(API_?KEY|TOKEN|SECRET)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isCredential.test(name)));
}

async function runExample(name: string): Promise<boolean> {
  const result = await runCommand(process.execPath, [join('examples', name)], {
    cwd: root,
    env: environmentWithoutCredentials(),
    timeoutMs: exampleTimeoutMs,
    echo: false,
  });
  const passed = result.exitCode === 0;
  process.stdout.write(`${passed ? '✔' : '✘'} examples/${name}: ${describeEnd(result)}\n`);
  if (!passed) process.stdout.write(`${result.output.trimEnd()}\n`);
  return passed;
}

const failed: string[] = [];
for (const name of exampleFiles()) if (!(await runExample(name))) failed.push(name);
if (failed.length > 0) {
  process.stdout.write(`failed: ${failed.join(', ')}\n`);
  process.exitCode = 1;
}
