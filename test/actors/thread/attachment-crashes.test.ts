import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { threadRestartsMax } from '../../../src/actors/codex-tree.ts';
import { filesSupervisorSpec, registryPath } from '../../../src/files/attachments/files-supervisor.ts';
import type { TurnAttachment } from '../../../src/files/attachments/turn-attachments.ts';
import { FileStore } from '../../../src/files/file-store.ts';
import { fileStorePlan } from '../../../src/files/file-store-options.ts';
import { TelemetryBus } from '../../../src/telemetry/index.ts';
import { httpError, text } from '../../../src/testing/index.ts';
import { Thread } from '../../../src/thread.ts';
import { onDisk, temporaryFolder } from '../../files/attachments-rig.ts';
import { FaultyClock } from './faulty-clock.ts';
import { Rig } from './rig.ts';

const interruptTimeoutMs = 9_999;
const path = 'codex/files';

let rig: Rig;
let clock: FaultyClock;
let store: FileStore;
let telemetry: TelemetryBus;
const reports = new EventEmitter();
beforeEach(async () => {
  clock = new FaultyClock(interruptTimeoutMs);
  telemetry = new TelemetryBus({ clock });
  const plan = fileStorePlan({ directory: `${await temporaryFolder()}/store`, freeBytesMin: 0 });
  const { estate, sweepIntervalMs } = plan;
  rig = await Rig.start({
    clock,
    limits: { interruptTimeoutMs, queueLengthMax: 1 },
    telemetry,
    random: () => 0.5,
    files: filesSupervisorSpec({ id: 'files', path, estate, sweepIntervalMs }),
    onReport: (report) => {
      if ('context' in report) reports.emit(`${report.supervisor} ${report.context}`);
    },
  });
  store = new FileStore(plan, {
    registry: registryPath(path),
    messaging: () => rig.transport.messaging(),
    clock,
    close: (timeoutMs) => rig.transport.close({ timeoutMs }),
  });
});
afterEach(async () => {
  await store.close();
  expect(await rig.close()).toEqual([]);
});

/** Content that nobody else stages, over as soon as it is not used, or for a scope. */
const expired = (content: string) => store.stage(Buffer.from(content), { ttlMs: 0 });
const scoped = (content: string) => store.temporary(Buffer.from(content));

function threadWith(attachments: readonly TurnAttachment[] = []): Thread {
  const { workingDirectory } = rig.home;
  const options = { workingDirectory, model: 'gpt-5.5', approvalPolicy: 'never' } as const;
  return new Thread(rig.transport.openThread({ threadId: null, options }), { store, attachments });
}

/** Turns that hold begin to answer and then wait; they are let go with the model. */
function holdTurns() {
  const gate = rig.model.hold();
  rig.model.script(({ prompt }) => (prompt.includes('held') ? [text('half'), gate.action] : undefined));
  return gate;
}

/** What is on the disk, known to be what the metrics say. */
async function filesLeft(): Promise<{ readonly inUse: number; readonly ids: readonly string[] }> {
  const { total, inUse } = await store.metrics();
  const { ids, bytes, incoming } = await onDisk(store.directory);
  expect({ count: ids.length, bytes }).toEqual({ count: total.count, bytes: total.bytes });
  expect(incoming).toEqual([]);
  return { inUse: inUse.count, ids };
}

describe('the files of turns whose ThreadActor crashes', () => {
  test('are let go of the turn that ran, stay for the turn that waits, and are swept once that has ended', async () => {
    const gate = holdTurns();
    const [ran, scope, ofThread, waits] = [
      await expired('of the turn that ran'),
      await scoped('of its scope'),
      await expired('of the thread'),
      await expired('of the turn that waits'),
    ];
    const thread = threadWith([ofThread]);
    const running = thread.run('held', { attachments: [ran, scope] });
    const waiting = thread.run('held too', { attachments: [waits] });
    await gate.reached();
    clock.faults = 1;
    thread.interrupt();
    await expect(running).rejects.toMatchObject({ code: 'turn_cut_off' });
    await gate.reached(2);
    await store.forceCleanup();
    expect(await filesLeft()).toEqual({ inUse: 2, ids: [ofThread.id, waits.id].sort() });
    gate.release();
    await waiting;
    await store.forceCleanup();
    expect(await filesLeft()).toEqual({ inUse: 0, ids: [] });
  });

  test('are let go and swept when the threads are given up, and the next turn has its own', async () => {
    const gate = holdTurns();
    const givenUp = once(reports, 'codex/threads shutdown');
    const threads = await Promise.all(
      Array.from({ length: threadRestartsMax + 1 }, async (_, index) => ({
        thread: threadWith(),
        attachments: [await expired(`expired ${index}`), await scoped(`scoped ${index}`)],
      })),
    );
    const turns = Promise.allSettled(
      threads.flatMap(({ thread, attachments }) => [
        thread.run('held', { attachments }),
        thread.run('held, waiting', { attachments }),
      ]),
    );
    await gate.reached(threads.length);
    expect((await filesLeft()).inUse).toBe(2 * threads.length);
    clock.faults = threads.length;
    for (const { thread } of threads) thread.interrupt();
    await givenUp;
    expect((await turns).map(({ status }) => status)).not.toContain('fulfilled');
    await store.forceCleanup();
    expect(await filesLeft()).toEqual({ inUse: 0, ids: [] });
    const next = await expired('of the next turn');
    await threadWith().run('go on', { attachments: [next] });
    await store.forceCleanup();
    expect(await filesLeft()).toEqual({ inUse: 0, ids: [] });
  });
});

test('the files of turns are let go and swept when their Codex process is given up', async () => {
  const gate = holdTurns();
  const attachments = [await expired('expired'), await scoped('scoped')];
  const thread = threadWith();
  const turns = Promise.allSettled([
    thread.run('held', { attachments }),
    thread.run('waiting', { attachments: attachments.slice(0, 1) }),
  ]);
  await gate.reached();
  for (let deaths = 0; deaths < 4; deaths += 1) {
    const died = once(reports, 'codex/ports child_terminated');
    await rig.killPort();
    await died;
  }
  expect(await turns).toMatchObject([
    { status: 'rejected', reason: { code: 'codex_gave_up' } },
    { status: 'rejected', reason: { code: 'codex_gave_up' } },
  ]);
  await store.forceCleanup();
  expect(await filesLeft()).toEqual({ inUse: 0, ids: [] });
});

describe('the files of an auto-run', () => {
  test('stay between its attempts, and are swept once it has ended', async () => {
    const gate = holdTurns();
    const thread = threadWith([await expired('of the thread')]);
    const others = Promise.allSettled([thread.run('held'), thread.run('waiting')]);
    await gate.reached();
    const attachments = [await expired('of the run'), await scoped('of its scope')];
    const retried = Promise.withResolvers<void>();
    telemetry.subscribe(['auto_run.retry'], () => retried.resolve());
    // Its first attempts find the queue full.
    const backoff = { initialDelayMs: 50, maxDelayMs: 50 };
    const running = thread.runAuto('begin', { attachments, backoff, maxAttempts: 100 });
    await retried.promise;
    await store.forceCleanup();
    expect((await filesLeft()).inUse).toBe(3);
    gate.release();
    expect(await running).toMatchObject({ status: 'done', error: null });
    await others;
    await store.forceCleanup();
    expect(await filesLeft()).toEqual({ inUse: 0, ids: [] });
  });

  test('are let go and swept when its actor crashes', async () => {
    const attachments = [await expired('of the run'), await scoped('of its scope')];
    rig.model.enqueue([httpError(500)]);
    clock.faults = 1;
    // The pause before its second attempt, half of this, is where the fault is.
    const backoff = { initialDelayMs: 2 * interruptTimeoutMs, maxDelayMs: 2 * interruptTimeoutMs };
    const run = await threadWith().runAuto('begin', { attachments, backoff });
    expect(run).toMatchObject({ status: 'failed', error: { message: 'a fault in the chart' } });
    await store.forceCleanup();
    expect(await filesLeft()).toEqual({ inUse: 0, ids: [] });
  });

  test('that have gone are told in its result', async () => {
    const gone = await expired('gone');
    await store.forceCleanup();
    const run = await threadWith().runAuto('begin', { attachments: [gone] });
    expect(run).toMatchObject({ status: 'failed', error: { code: 'file_not_found' } });
  });
});

test('the files of a thread stay between the turns that ask for an answer again', async () => {
  const output = z.object({ n: z.number() }).refine(async () => {
    await store.forceCleanup();
    return rig.model.requests.length === 2;
  });
  rig.model.script(() => [text('{"n":1}')]);
  const thread = threadWith([await expired('of the thread')]);
  expect((await thread.run('count', { output })).output).toEqual({ n: 1 });
  await store.forceCleanup();
  expect(await filesLeft()).toEqual({ inUse: 0, ids: [] });
});
