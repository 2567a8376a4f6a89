/** What a message and a call cost, against XState alone, nact, effect and Erlang. */
import { performance } from 'node:perf_hooks';
import { Effect, Fiber, Queue } from 'effect';
import { dispatch, spawn, start, stop } from 'nact';
import { createActor, fromTransition } from 'xstate';
import { ActorSystem, childSpec } from '../../src/supervisor/index.ts';
import { type Figure, median, type Ratio, report } from '../measure.ts';
import { erlangFigures } from '../peers/erlang.ts';
import { countingActor, type Read, type Tick } from './counting-actor.ts';
import { livePid } from './live-pid.ts';

const batch = 50_000;
const rounds = 40;
const figures: Figure[] = [];
const ratios: Ratio[] = [];

/** Best and median nanoseconds of one operation, over rounds of `count` operations. */
async function perOperation(
  count: number,
  work: () => void | Promise<void>,
): Promise<{ best: number; mid: number }> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    await work();
    samples.push(((performance.now() - start) * 1e6) / count);
  }
  return { best: Math.min(...samples), mid: median(samples) };
}

function note(name: string, subject: string, value: number): void {
  figures.push({ name, subject, value, unit: 'ns' });
}

const counter = fromTransition((state: number) => state + 1, 0);

await using system = await ActorSystem.start({
  children: [childSpec({ id: 'counter', actor: countingActor })],
});
const pid = livePid<Tick | Read>(system, 'counter');
const tick: Tick = { type: 'tick' };
const read: Read = { type: 'read' };

async function sends(): Promise<{ best: number; mid: number }> {
  return perOperation(batch, async () => {
    for (let i = 0; i < batch; i += 1) system.cast(pid, tick);
    await system.call(pid, read);
  });
}

async function calls(): Promise<{ best: number; mid: number }> {
  return perOperation(10_000, async () => {
    for (let i = 0; i < 10_000; i += 1) await system.call(pid, read);
  });
}

async function xstateSends(): Promise<number> {
  const actor = createActor(counter);
  actor.start();
  const { best } = await perOperation(batch, () => {
    for (let i = 0; i < batch; i += 1) actor.send(tick);
  });
  actor.stop();
  return best;
}

async function nactSends(): Promise<number> {
  const root = start();
  let finished: (() => void) | undefined;
  const actor = spawn(
    root,
    (count: number, message: { last: boolean }) => {
      if (message.last) finished?.();
      return count + 1;
    },
    'counter',
    { initialState: 0 },
  );
  const { best } = await perOperation(batch, async () => {
    const done = new Promise<void>((resolve) => {
      finished = resolve;
    });
    for (let i = 1; i < batch; i += 1) dispatch(actor, { last: false });
    dispatch(actor, { last: true });
    await done;
  });
  stop(root);
  return best;
}

async function effectSends(): Promise<number> {
  const exercise = Effect.gen(function* () {
    const queue = yield* Queue.unbounded<number>();
    const consumer = yield* Effect.forkChild(
      Effect.gen(function* () {
        let count = 0;
        while (count < batch) count += yield* Queue.take(queue);
        return count;
      }),
    );
    for (let i = 0; i < batch; i += 1) yield* Queue.offer(queue, 1);
    yield* Fiber.join(consumer);
  });
  const { best } = await perOperation(batch, () => Effect.runPromise(exercise));
  return best;
}

const erlang = erlangFigures();
const send = await sends();
const call = await calls();
note('one-way send, best', 'codex-actors', send.best);
note('one-way send, median', 'codex-actors', send.mid);
note('one-way send, best', 'xstate (fromTransition)', await xstateSends());
note('one-way send, best', 'nact', await nactSends());
note('one-way send, best', 'effect (queue and fiber)', await effectSends());
note('call round trip, best', 'codex-actors', call.best);
note('call round trip, median', 'codex-actors', call.mid);
if (erlang !== undefined) {
  note('one-way send, best', 'erlang', erlang.send ?? Number.NaN);
  note('call round trip, best', 'erlang (gen_server)', erlang.call ?? Number.NaN);
  ratios.push({
    name: 'send over erlang',
    value: send.best / (erlang.send ?? Number.NaN),
    limit: 1,
    want: 'at most',
  });
  ratios.push({
    name: 'call over erlang',
    value: call.best / (erlang.call ?? Number.NaN),
    limit: 1,
    want: 'at most',
  });
}
ratios.push({ name: 'one-way send in ns over 60 ns', value: send.best / 60, limit: 1, want: 'at most' });
ratios.push({ name: 'call in ns over 1,000 ns', value: call.best / 1_000, limit: 1, want: 'at most' });
report({ suite: 'actor-messages', figures, ratios });
