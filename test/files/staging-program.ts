/**
 * Stages, holds, releases and sweeps in the folders it is given, without end, and prints each thing that it was told is done. To be killed:
 * `staging-program.ts SEED LARGE-FILE FOLDER…`.
 */
import { FileStore } from '../../src/files/file-store.ts';
import { randomNumbers } from './random-numbers.ts';

const [, , seed = '1', large = '', ...directories] = process.argv;

/** Few hosts copy on a worker: it takes longer to start than most of them live. */
const hasWorker = Number(seed) % 10 === 0;

/** One line, written before anything else happens: what is printed was done. */
function say(directory: string, what: 'staged' | 'released', id: string): void {
  process.stdout.write(`${JSON.stringify({ directory, what, id })}\n`);
}

async function work(directory: string, random: (below: number) => number): Promise<never> {
  const store = await FileStore.open({ directory, freeBytesMin: 0, sweepIntervalMs: 20 });
  async function* chunks(fill: string) {
    for (let count = 0; count < 4; count += 1) yield Buffer.alloc(20_000, fill);
  }
  async function one(): Promise<void> {
    const fill = `${random(40)}.`;
    switch (random(hasWorker ? 5 : 4)) {
      case 0:
        await (await store.temporary(Buffer.from(fill))).release();
        return;
      case 1:
        await store.stage(Buffer.from(`expired ${fill}`), { ttlMs: 0 });
        return;
      case 2: {
        const { id } = await store.stage(chunks(fill), { persist: true, name: `${random(5)}.txt` });
        say(directory, 'staged', id);
        return;
      }
      case 3: {
        const [first] = await store.list();
        if (first === undefined) return;
        // Said beforehand: from here on it may be gone.
        say(directory, 'released', first.id);
        await store.release(first);
        return;
      }
      default: {
        const { id } = await store.stage(large, { persist: true, name: `${random(5)}.bin` });
        say(directory, 'staged', id);
      }
    }
  }
  for (;;) await Promise.all(Array.from({ length: 4 }, one));
}

process.stdout.write('begun\n');
const random = randomNumbers(Number(seed));
await Promise.all(directories.map((directory) => work(directory, random)));
