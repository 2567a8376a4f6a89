/** From nothing to the first event of a turn: process, handshake, thread and turn. */
import { unreadNotifications } from '../../src/actors/unread-notifications.ts';
import { Codex } from '../../src/index.ts';
import { median, pairedRatio, report, timed } from '../measure.ts';
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
  await client.initialize(unreadNotifications);
  await client.startThread({ cwd: home.workingDirectory });
}

/** Closing what came before is not part of what is measured, but must be over first. */
async function sample(work: () => Promise<void>, samples: number[]): Promise<void> {
  for (const close of waste.splice(0)) await close();
  samples.push(await timed(work));
}

const own: number[] = [];
const least: number[] = [];
for (let round = -2; round < 24; round += 1) {
  // In turn, so that what one leaves behind in the machine hits both alike; the first rounds only warm up.
  const order = [() => sample(ours, own), () => sample(bareFirstEvent, least)];
  if (round % 2 !== 0) order.reverse();
  for (const take of order) await take();
  if (round < 0) for (const samples of [own, least]) samples.pop();
}
for (const close of waste.splice(0)) await close();
report({
  suite: 'first-event',
  figures: [
    { name: 'new Codex() to the first event, p50', subject: 'codex-actors', value: median(own), unit: 'ms' },
    { name: 'spawn to the first event, p50', subject: 'bare', value: median(least), unit: 'ms' },
  ],
  ratios: [{ name: 'first event over bare', ...pairedRatio(own, least), limit: 1.1, want: 'at most' }],
});
