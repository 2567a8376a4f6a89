/** One turn of 20,000 deltas: how fast they reach the reader. */
import { unreadNotifications } from '../../src/actors/unread-notifications.ts';
import { Codex } from '../../src/index.ts';
import { promptScript, stream } from '../../src/testing/index.ts';
import { type Figure, inTurn, median, pairedRatio, type Ratio, report } from '../measure.ts';
import { BareClient } from '../peers/bare-client.ts';
import { bareLaunch, bareThreadParams, launchOptions } from './bare-launch.ts';
import { benchHome } from './bench-home.ts';
import { atOneSpeed, type Cost, codexPidOf, costOf } from './process-cpu.ts';

const deltas = 20_000;
const prompt = promptScript([stream({ deltas, size: 8 })]);

await using bench = await benchHome();
const { home } = bench;
const options = {
  workingDirectory: home.workingDirectory,
  skipGitRepoCheck: true,
  sandboxMode: 'read-only',
} as const;
await using codex = new Codex(launchOptions(bench, 'lean'));
const thread = codex.startThread(options);

async function readAll(): Promise<void> {
  const { events } = await thread.runStreamed(prompt, { includeDeltas: true });
  let characters = 0;
  for await (const event of events) if (event.type === 'item.delta') characters += event.delta.length;
  if (characters !== deltas * 8) throw new Error(`${characters} characters of ${deltas * 8} arrived`);
}

const ownPid = codexPidOf(codex);
const launch = bareLaunch(bench, 'lean');
const client = new BareClient(home.executable, launch.args, launch.env);
await client.initialize(unreadNotifications);
const threadId = await client.startThread({
  cwd: home.workingDirectory,
  sandbox: 'read-only',
  ...bareThreadParams('lean'),
});

const runs = [
  { run: readAll, codexPid: ownPid },
  { run: () => client.run(threadId, prompt), codexPid: () => client.codexPid },
];
for (const { run } of runs) await run();
const [own = [], least = []] = await inTurn(
  runs.map(
    ({ run, codexPid }) =>
      () =>
        costOf(codexPid(), run),
  ),
  24,
  0,
);
await client.close();
const rate = (costs: readonly Cost[]): number => deltas / (median(costs.map(({ wallMs }) => wallMs)) / 1000);
const figures: Figure[] = [
  { name: '20,000 deltas in one turn', subject: 'codex-actors', value: rate(own), unit: 'deltas/s' },
  { name: '20,000 deltas in one turn', subject: 'bare', value: rate(least), unit: 'deltas/s' },
];
const ratios: Ratio[] = [
  {
    name: 'deltas/s over bare at the same speed of the machine',
    ...pairedRatio(least.map(atOneSpeed), own.map(atOneSpeed)),
    limit: 0.95,
    want: 'at least',
  },
];
report({ suite: 'turn-deltas', figures, ratios });
