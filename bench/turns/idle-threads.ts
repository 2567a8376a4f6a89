/** The heap that an idle ThreadActor holds: its attachment, its supervised body, its chart, its Codex thread's entry. */
import { createActor } from 'xstate';
import { ThreadActor } from '../../src/actors/index.ts';
import { Codex } from '../../src/index.ts';
import { report } from '../measure.ts';

const threads = 10_000;
const server = new URL('../peers/tiny-app-server.ts', import.meta.url).pathname;
const codex = new Codex({ codexPathOverride: server, env: { PATH: process.env.PATH ?? '' } });

function startThread(): Promise<{ readonly actor: object }> {
  const actor = createActor(ThreadActor, { input: { codex } });
  return new Promise((resolve, reject) => {
    actor.on('turn.completed', () => resolve({ actor }));
    actor.on('turn.failed', ({ error }) => reject(error));
    actor.on('turn.interrupted', ({ error }) => reject(error));
    actor.start();
    actor.send({ type: 'turn.run', input: 'once' });
  });
}

async function startThreads(count: number): Promise<object[]> {
  const started: object[] = [];
  for (let left = count; left > 0; left -= 100) {
    started.push(...(await Promise.all(Array.from({ length: Math.min(100, left) }, startThread))));
  }
  return started;
}

async function heapBytes(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  // What the last turn left behind is let go of after its events.
  await new Promise(setImmediate);
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

const warm = await startThreads(200);
const before = await heapBytes();
const idle = await startThreads(threads);
const bytes = ((await heapBytes()) - before) / idle.length;
await codex.close();
report({
  suite: 'idle-threads',
  figures: [
    {
      name: `heap of one of ${threads} idle ThreadActors`,
      subject: 'codex-actors',
      value: bytes,
      unit: 'bytes',
    },
  ],
  ratios: [
    { name: 'heap of an idle ThreadActor, of 30 kB', value: bytes / 30_000, limit: 1, want: 'at most' },
  ],
});
if (warm.length === 0) throw new Error('the first threads must live until the end');
