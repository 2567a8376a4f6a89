/** What it costs to start, crash, restart and stop supervised actors, against bare XState actors and Erlang. */
import { performance } from 'node:perf_hooks';
import { type AnyActor, createActor, fromTransition } from 'xstate';
import { ActorSystem, childSpec, dynamicSupervisor, startChild } from '../../src/supervisor/index.ts';
import { type Figure, median, type Ratio, report } from '../measure.ts';
import { erlangFigures } from '../peers/erlang.ts';
import { countingActor } from './counting-actor.ts';

const figures: Figure[] = [];
const ratios: Ratio[] = [];
const idle = fromTransition((state: number) => state, 0);
const spec = childSpec({ id: 'child', actor: idle, restart: 'temporary' });

/** Starts that are asked for before their answers are awaited. */
const startsAtOnce = 1_000;

/** Bytes of heap after a full collection. */
function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

interface Cost {
  readonly microseconds: number;
  readonly bytes: number;
}

function bareActors(count: number): Cost {
  const before = heapBytes();
  const start = performance.now();
  const actors: AnyActor[] = [];
  for (let i = 0; i < count; i += 1) actors.push(createActor(idle, { id: `child-${i}` }).start());
  const microseconds = ((performance.now() - start) * 1_000) / count;
  const bytes = (heapBytes() - before) / count;
  for (const actor of actors) actor.stop();
  return { microseconds, bytes };
}

async function pool(): Promise<ActorSystem> {
  return ActorSystem.start({
    children: [childSpec({ id: 'pool', supervisor: dynamicSupervisor({}) })],
  });
}

async function supervisedActors(count: number): Promise<Cost> {
  const system = await pool();
  const before = heapBytes();
  const start = performance.now();
  for (let left = count; left > 0; left -= startsAtOnce) {
    await Promise.all(
      Array.from({ length: Math.min(left, startsAtOnce) }, () => startChild(system, 'pool', spec)),
    );
  }
  const microseconds = ((performance.now() - start) * 1_000) / count;
  const bytes = (heapBytes() - before) / count;
  await system.stop();
  return { microseconds, bytes };
}

/**
 * So many that bare and supervised actors alike outlive several collections of young memory: with fewer, the bare ones end just before
 * the first, and the supervised ones pay for it alone.
 */
const actorsPerRound = 50_000;

const rounds = 12;

/**
 * Rounds of both, bare first and supervised first in turn, without the first two, in which the engine compiles.
 *
 * One of each lives through all rounds: where the last of its kind goes, the collection between two rounds takes what the engine has learned of
 * it, and the next round pays for learning it again, as no program does that keeps its system.
 */
async function costsByRound(): Promise<{ readonly own: readonly Cost[]; readonly least: readonly Cost[] }> {
  const own: Cost[] = [];
  const least: Cost[] = [];
  const kept = createActor(idle).start();
  await using system = await pool();
  await startChild(system, 'pool', spec);
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) least.push(bareActors(actorsPerRound));
    own.push(await supervisedActors(actorsPerRound));
    if (round % 2 === 1) least.push(bareActors(actorsPerRound));
  }
  kept.stop();
  return { own: own.slice(2), least: least.slice(2) };
}

async function costOfSupervision(): Promise<void> {
  const { own, least } = await costsByRound();
  const middle = (costs: readonly Cost[], field: keyof Cost) => median(costs.map((cost) => cost[field]));
  /** What both cost in the same round is compared: a machine that is slower for a while is so for both. */
  const beyond = (field: keyof Cost) =>
    median(own.map((cost, round) => cost[field] - (least[round]?.[field] ?? Number.NaN)));
  for (const [subject, costs] of [
    ['codex-actors', own],
    ['xstate', least],
  ] as const) {
    figures.push({ name: 'start of an actor', subject, value: middle(costs, 'microseconds'), unit: 'µs' });
    figures.push({ name: 'heap of an actor', subject, value: middle(costs, 'bytes'), unit: 'bytes' });
  }
  ratios.push({
    name: 'start beyond the bare actor, of 4 µs',
    value: beyond('microseconds') / 4,
    limit: 1,
    want: 'at most',
  });
  ratios.push({
    name: 'heap beyond the bare actor, of 2 kB',
    value: beyond('bytes') / 2_000,
    limit: 1,
    want: 'at most',
  });
}

/** Microseconds a child to start and to stop `count` plain dynamic children. */
async function startAndStop(count: number): Promise<{ start: number; stop: number }> {
  const system = await pool();
  const plain = childSpec({ id: 'child', actor: countingActor, restart: 'temporary' });
  let begun = performance.now();
  for (let left = count; left > 0; left -= startsAtOnce) {
    await Promise.all(
      Array.from({ length: Math.min(left, startsAtOnce) }, () => startChild(system, 'pool', plain)),
    );
  }
  const start = ((performance.now() - begun) * 1_000) / count;
  begun = performance.now();
  await system.stop();
  return { start, stop: ((performance.now() - begun) * 1_000) / count };
}

async function linearity(): Promise<number> {
  await startAndStop(10_000);
  const few = await startAndStop(10_000);
  const many = await startAndStop(100_000);
  figures.push({
    name: 'start of a dynamic child, 100,000 of them',
    subject: 'codex-actors',
    value: many.start,
    unit: 'µs',
  });
  figures.push({
    name: 'stop of a dynamic child, 100,000 of them',
    subject: 'codex-actors',
    value: many.stop,
    unit: 'µs',
  });
  const growth = (many.start + many.stop) / (few.start + few.stop);
  ratios.push({
    name: 'a child among 100,000 over one among 10,000',
    value: growth,
    limit: 2,
    want: 'at most',
  });
  return many.start;
}

/** Microseconds from a crash message to the restarted child. */
async function crashToRestart(): Promise<number> {
  let restarted: (() => void) | undefined;
  const crashes = 1_000;
  const child = childSpec({ id: 'child', actor: countingActor, input: () => () => restarted?.() });
  await using system = await ActorSystem.start({ maxRestarts: crashes, maxSeconds: 60, children: [child] });
  const samples: number[] = [];
  for (let i = 0; i < crashes; i += 1) {
    const again = new Promise<void>((resolve) => {
      restarted = resolve;
    });
    const start = performance.now();
    system.cast('child', { type: 'crash' });
    await again;
    samples.push((performance.now() - start) * 1_000);
  }
  return median(samples.slice(100));
}

await costOfSupervision();
const start = await linearity();
const restart = await crashToRestart();
figures.push({ name: 'crash to restarted child', subject: 'codex-actors', value: restart, unit: 'µs' });
ratios.push({ name: 'crash to restarted child, of 20 µs', value: restart / 20, limit: 1, want: 'at most' });
const erlang = erlangFigures();
if (erlang !== undefined) {
  const micro = (name: string): number => (erlang[name] ?? Number.NaN) / 1_000;
  figures.push({
    name: 'start of a dynamic child, 100,000 of them',
    subject: 'erlang',
    value: micro('start'),
    unit: 'µs',
  });
  figures.push({ name: 'crash to restarted child', subject: 'erlang', value: micro('restart'), unit: 'µs' });
  ratios.push({
    name: 'start of a dynamic child over erlang',
    value: start / micro('start'),
    limit: 1,
    want: 'at most',
  });
}
report({ suite: 'actor-lifecycle', figures, ratios });
