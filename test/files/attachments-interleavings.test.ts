import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Attachment } from '../../src/files/attachments/attachment.ts';
import type { FileHold } from '../../src/files/attachments/file-hold.ts';
import type { TemporaryAttachment } from '../../src/files/attachments/temporary-attachment.ts';
import { CodexError } from '../../src/protocol/errors/codex-error.ts';
import { type CrashableRig, idsOf, onDisk, openCrashableStore } from './attachments-rig.ts';

type Operation =
  | { readonly does: 'stage'; readonly content: number; readonly ttlMs: number; readonly persist: boolean }
  | { readonly does: 'temporary' | 'release' | 'hold'; readonly content: number }
  | { readonly does: 'letGo' | 'endScope'; readonly which: number }
  | { readonly does: 'wait'; readonly ms: number }
  | { readonly does: 'sweep' | 'crash' | 'restart' };

const content = fc.nat({ max: 3 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('stage' as const),
      content,
      ttlMs: fc.constantFrom(0, 50, 100_000),
      persist: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ does: fc.constantFrom('temporary', 'release', 'hold'), content }) },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constantFrom('letGo', 'endScope'), which: fc.nat({ max: 3 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('wait' as const), ms: fc.constantFrom(10, 60_000) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('sweep', 'crash', 'restart') }) },
);

/** One store under random operations, and what must hold of it. */
class Subject {
  #rig: CrashableRig;
  #crashes = 0;
  readonly #staged = new Map<number, Attachment>();
  #holds: { readonly hold: FileHold; readonly attachment: Attachment }[] = [];
  #scopes: TemporaryAttachment[] = [];

  constructor(rig: CrashableRig) {
    this.#rig = rig;
  }

  /** What the store refuses, because it crashed, was closed, or has no such file, is no fault. */
  async perform(operation: Operation): Promise<void> {
    try {
      await this.#perform(operation);
    } catch (error) {
      if (!CodexError.isInstance(error)) throw error;
    }
  }

  async check(): Promise<void> {
    const { store, directory } = this.#rig;
    // The first call after a crash may be told of it.
    await store.forceCleanup().catch(() => undefined);
    await store.forceCleanup();
    for (const { attachment } of this.#holds) {
      expect(await readFile(attachment.path, 'utf8')).toBe(`content ${attachment.name}`);
    }
    const listed = idsOf(await store.list());
    const { total } = await store.metrics();
    const disk = await onDisk(directory);
    expect(disk).toEqual({ ids: listed, bytes: total.bytes, incoming: [] });
    expect(total.count).toBe(disk.ids.length);
  }

  async #perform(operation: Operation): Promise<void> {
    const { store, clock, crash } = this.#rig;
    switch (operation.does) {
      case 'stage': {
        const { ttlMs, persist } = operation;
        const staged = await store.stage(bytesOf(operation.content), {
          name: `${operation.content}`,
          ttlMs,
          persist,
        });
        this.#staged.set(operation.content, staged);
        return;
      }
      case 'temporary':
        this.#scopes.push(
          await store.temporary(bytesOf(operation.content), { name: `${operation.content}` }),
        );
        return;
      case 'release': {
        const staged = this.#staged.get(operation.content);
        if (staged !== undefined) await store.release(staged);
        return;
      }
      case 'hold': {
        const attachment = this.#staged.get(operation.content);
        if (attachment !== undefined) this.#holds.push({ attachment, hold: store.hold([attachment]) });
        return;
      }
      case 'letGo':
        for (const { hold } of this.#holds.splice(operation.which, 1)) hold.release();
        return;
      case 'endScope':
        for (const scope of this.#scopes.splice(operation.which, 1)) await scope.release();
        return;
      case 'wait':
        return clock.advance(operation.ms);
      case 'sweep':
        await store.forceCleanup();
        return;
      case 'crash':
        // More of them at one moment of simulated time, and the supervisor would give up.
        this.#crashes += 1;
        if (this.#crashes <= 3) crash();
        return;
      case 'restart':
        // Longer than all waits of a case together: they are of the same clock as the closing's own limit.
        await store.close({ timeoutMs: 3_600_000 });
        // Uses and scopes end with the process that had them.
        this.#holds = [];
        this.#scopes = [];
        this.#crashes = 0;
        this.#rig = await openCrashableStore({ directory: this.#rig.directory });
    }
  }
}

function bytesOf(content: number): Buffer {
  return Buffer.from(`content ${content}`);
}

test('in whatever order things are staged, used, released, swept, crash and restart: no file in use is gone, no file is without an entry, no entry without a file, and the metrics are what is on the disk', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { minLength: 3, maxLength: 25 }),
      fc.scheduler(),
      async (operations, scheduler) => {
        const subject = new Subject(await openCrashableStore());
        let restarts = Promise.resolve();
        const performed = operations.map(async (operation) => {
          await scheduler.schedule(Promise.resolve(), operation.does);
          // A store is closed before it is opened again; everything else runs side by side.
          if (operation.does !== 'restart') return subject.perform(operation);
          restarts = restarts.then(() => subject.perform(operation));
          return restarts;
        });
        await scheduler.waitAll();
        await Promise.all(performed);
        await subject.check();
      },
    ),
    { numRuns: 200 },
  );
});
