/** From nothing to the first event of a turn: process, handshake, thread and turn. */
import { Codex } from '../../src/index.ts';
import { median, report, timed } from '../measure.ts';
import { BareClient } from '../peers/bare-client.ts';
import { bareLaunch, launchOptions } from './bare-launch.ts';
import { benchHome } from './bench-home.ts';

await using bench = await benchHome();
const { home } = bench;
const waste: (() => Promise<void>)[] = [];

async function ours(): Promise<void> {
  const codex = new Codex(launchOptions(bench, 'compatible'));
  waste.push(() => codex.close());
  const thread = codex.startThread({ workingDirectory: home.workingDirectory, skipGitRepoCheck: true });
  const { events } = await thread.runStreamed('say ok');
  const { value } = await events.next();
  if (value?.type !== 'thread.started') throw new Error('the first event is thread.started');
}

async function bareFirstEvent(): Promise<void> {
  const launch = bareLaunch(bench, 'compatible');
  const client = new BareClient(home.executable, launch.args, launch.env);
  waste.push(() => client.close());
  await client.initialize();
  await client.startThread({ cwd: home.workingDirectory });
}

/** Closing what came before is not part of what is measured, but must be over first. */
async function sample(work: () => Promise<void>): Promise<number> {
  for (const close of waste.splice(0)) await close();
  return timed(work);
}

const own: number[] = [];
const least: number[] = [];
for (let round = 0; round < 17; round += 1) {
  own.push(await sample(ours));
  least.push(await sample(bareFirstEvent));
}
for (const close of waste.splice(0)) await close();
report({
  suite: 'first-event',
  figures: [
    { name: 'new Codex() to the first event, p50', subject: 'codex-actors', value: median(own), unit: 'ms' },
    { name: 'spawn to the first event, p50', subject: 'bare', value: median(least), unit: 'ms' },
  ],
  ratios: [
    { name: 'first event over bare', value: median(own) / median(least), limit: 1.1, want: 'at most' },
  ],
});
