import { createRequire } from 'node:module';
import { parseCommandLine } from './arguments.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { generalHelp, runHelp } from './help-text.ts';
import { Output } from './output.ts';
import type { CommandHost } from './run-command.ts';

/** Runs the command that a process was started with, and tells its exit code. Never rejects. */
export async function runCommandLine(host: CommandHost): Promise<ExitCode> {
  const stdout = new Output(host.stdout);
  const stderr = new Output(host.stderr);
  const commandLine = parseCommandLine(host.argv.slice(2));
  switch (commandLine.command) {
    case 'help':
      await stdout.write(commandLine.topic === 'run' ? runHelp() : generalHelp);
      return exitCodes.completed;
    case 'version':
      await stdout.write(`${packageVersion()}\n`);
      return exitCodes.completed;
    case 'wrong':
      await stderr.write(`codex-actors: ${commandLine.message}\n`);
      return exitCodes.usage;
    case 'validate-tools': {
      const { validateTools } = await import('./validate-tools.ts');
      return validateTools(commandLine.files, { stdout, stderr });
    }
    case 'run': {
      // Loaded only now: help and mistakes need not wait for the whole runtime.
      const { runTurn } = await import('./run-command.ts');
      return runTurn(commandLine.run, host, { stdout, stderr });
    }
  }
}

function packageVersion(): string {
  const description: unknown = createRequire(import.meta.url)('codex-actors/package.json');
  const known = typeof description === 'object' && description !== null && 'version' in description;
  return known && typeof description.version === 'string' ? description.version : 'unknown';
}
