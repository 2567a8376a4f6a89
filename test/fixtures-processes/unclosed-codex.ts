import { writeSync } from 'node:fs';
import { Codex } from '../../src/index.ts';

// A host that runs a turn on a Codex and never closes it.
const say = (line: string) => writeSync(1, `${line}\n`);
const { CODEX_EXECUTABLE, CODEX_TRANSPORT, ...rest } = process.env;
const env = Object.fromEntries(
  Object.entries(rest).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
);
const codex = new Codex({
  ...(CODEX_EXECUTABLE === undefined ? {} : { codexPathOverride: CODEX_EXECUTABLE }),
  transport: CODEX_TRANSPORT === 'exec' ? 'exec' : 'app-server',
  env,
});
const thread = codex.startThread({ model: 'gpt-5.5', approvalPolicy: 'never', skipGitRepoCheck: true });
say((await thread.run('hello')).finalResponse);
process.once('exit', () => say('exit'));
