/**
 * Everything a change must pass, in the order of cost, as CI runs it: `npm run verify`.
 *
 * Stops at the first stage that fails and names the step. The steps of one stage run side by side; each prints its output as one
 * block when it ends, a step that is alone in its stage prints as it goes. Ends with the summary of the tests.
 */
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type CommandResult, describeEnd, runCommand } from './child-command.ts';

interface Step {
  /** The npm script to run. */
  readonly script: string;
  readonly timeoutMs: number;
}

const minute = 60_000;

const stages: readonly (readonly Step[])[] = [
  [
    { script: 'lint', timeoutMs: 2 * minute },
    { script: 'typecheck', timeoutMs: 2 * minute },
  ],
  [{ script: 'build', timeoutMs: 2 * minute }],
  [
    { script: 'check:package', timeoutMs: 2 * minute },
    { script: 'check:contents', timeoutMs: 2 * minute },
    { script: 'check:unused', timeoutMs: 2 * minute },
  ],
  [{ script: 'test:run', timeoutMs: 20 * minute }],
  [{ script: 'examples', timeoutMs: 10 * minute }],
  [{ script: 'start', timeoutMs: 2 * minute }],
];

const root = join(import.meta.dirname, '..');

async function runStep(step: Step, echo: boolean): Promise<CommandResult> {
  if (echo) print(`\n▶ ${step.script}`);
  const result = await runCommand('npm', ['run', '--silent', step.script], {
    cwd: root,
    timeoutMs: step.timeoutMs,
    echo,
  });
  if (!echo) print(`\n▶ ${step.script}\n${result.output.trimEnd()}`);
  print(`${result.exitCode === 0 ? '✔' : '✘'} ${step.script}: ${describeEnd(result)}`);
  return result;
}

/** The lines in which the test runner counts files and tests. */
function testSummary(output: string): readonly string[] {
  return stripVTControlCharacters(output)
    .split('\n')
    .filter((line) => /^\s*(Test Files|Tests|Type Errors|Errors|Duration)\s{2}/.test(line));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function verify(): Promise<number> {
  let summary: readonly string[] = [];
  for (const stage of stages) {
    const results = await Promise.all(
      stage.map(async (step) => ({ step, result: await runStep(step, stage.length === 1) })),
    );
    for (const { step, result } of results)
      if (step.script === 'test:run') summary = testSummary(result.output);
    const failed = results.filter(({ result }) => result.exitCode !== 0);
    if (failed.length > 0) {
      print(`\nverify failed at: ${failed.map(({ step }) => step.script).join(', ')}`);
      print(summary.join('\n'));
      return 1;
    }
  }
  print('\nverify passed');
  print(summary.join('\n'));
  return 0;
}

process.exitCode = await verify();
