/** One turn of 20,000 deltas: how fast they reach the reader. */
import { unreadNotifications } from '../../src/actors/unread-notifications.ts';
import { Codex } from '../../src/index.ts';
import { promptScript, stream } from '../../src/testing/index.ts';
import { type Figure, inTurn, median, pairedRatio, type Ratio, report, timed } from '../measure.ts';
import { BareClient } from '../peers/bare-client.ts';
import { bareLaunch, bareThreadParams, launchOptions } from './bare-launch.ts';
import { benchHome } from './bench-home.ts';
import { cpuOfProcess } from './process-cpu.ts';

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

let ownPid: number | null = null;
codex.telemetry.subscribe(['port.ready'], ({ pid }) => {
  ownPid = pid;
});

/** Milliseconds of one run, and of CPU that Codex had in it: it does the same for both, and tells how fast the machine was just then. */
interface Run {
  readonly wallMs: number;
  readonly codexCpuMs: number;
}

async function measuredRun(codexPid: () => number | null, work: () => Promise<void>): Promise<Run> {
  const pid = codexPid();
  // The first of ours starts Codex: it belongs to the warm-up.
  if (pid === null) {
    await work();
    return { wallMs: Number.NaN, codexCpuMs: Number.NaN };
  }
  const before = cpuOfProcess(pid);
  const wallMs = await timed(work);
  return { wallMs, codexCpuMs: cpuOfProcess(pid) - before };
}

const launch = bareLaunch(bench, 'lean');
const client = new BareClient(home.executable, launch.args, launch.env);
await client.initialize(unreadNotifications);
const threadId = await client.startThread({
  cwd: home.workingDirectory,
  sandbox: 'read-only',
  ...bareThreadParams('lean'),
});

const [own = [], least = []] = await inTurn(
  [
    () => measuredRun(() => ownPid, readAll),
    () =>
      measuredRun(
        () => client.codexPid,
        () => client.run(threadId, prompt),
      ),
  ],
  24,
  1,
);
await client.close();
const rate = (runs: readonly Run[]): number => deltas / (median(runs.map(({ wallMs }) => wallMs)) / 1000);
const atOneSpeed = (runs: readonly Run[]) => runs.map(({ wallMs, codexCpuMs }) => wallMs / codexCpuMs);
const figures: Figure[] = [
  { name: '20,000 deltas in one turn', subject: 'codex-actors', value: rate(own), unit: 'deltas/s' },
  { name: '20,000 deltas in one turn', subject: 'bare', value: rate(least), unit: 'deltas/s' },
];
const ratios: Ratio[] = [
  {
    name: 'deltas/s over bare at the same speed of the machine',
    ...pairedRatio(atOneSpeed(least), atOneSpeed(own)),
    limit: 0.95,
    want: 'at least',
  },
];
report({ suite: 'turn-deltas', figures, ratios });
