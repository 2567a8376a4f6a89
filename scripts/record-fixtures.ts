/**
 * Records fixtures/transcripts/ anew from the installed Codex: `npm run fixtures:record [-- scenario…]`.
 *
 * `<scenario>.app-server.jsonl` holds both directions, `<scenario>.exec.jsonl` the output of `codex exec --json`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { recordAppServer, recordExec } from './fixtures/record.ts';
import { scenarios } from './fixtures/scenarios.ts';

const folder = new URL('../fixtures/transcripts/', import.meta.url);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !scenarios.some((scenario) => scenario.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `unknown scenario ${unknown.join(', ')}; known: ${scenarios.map(({ name }) => name).join(', ')}\n`,
  );
  process.exit(2);
}
await mkdir(folder, { recursive: true });
for (const scenario of scenarios) {
  if (wanted.length > 0 && !wanted.includes(scenario.name)) continue;
  await writeFile(new URL(`${scenario.name}.app-server.jsonl`, folder), await recordAppServer(scenario));
  const exec = await recordExec(scenario);
  if (exec !== undefined) await writeFile(new URL(`${scenario.name}.exec.jsonl`, folder), exec);
  process.stdout.write(`${scenario.name}${exec === undefined ? '' : ' (and exec)'}\n`);
}
