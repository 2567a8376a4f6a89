import process from 'node:process';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { deferred } from './small-world.ts';

/** What keeps the event loop alive, of the kind that holds it on purpose. */
function portsHeld(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
}

async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A port that is closed is gone some turns of the event loop later. */
async function portsGoneDownTo(count: number): Promise<boolean> {
  for (let turn = 0; turn < 1_000 && portsHeld() > count; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return portsHeld() === count;
}

let before = 0;
let listenersBefore: NodeJS.BeforeExitListener[] = [];

beforeEach(async () => {
  // What earlier tests have closed goes now, not in the middle of this one.
  await someTurns();
  before = portsHeld();
  listenersBefore = process.listeners('beforeExit');
});

const listenersAdded = () =>
  process.listeners('beforeExit').filter((listener) => !listenersBefore.includes(listener));

describe('waits that the event loop is to stay alive for', () => {
  it('hold it once, when it has run dry, until the last of them ends, and again when there are others', async () => {
    vi.resetModules();
    const { waitBegins, waitEnds } = await import('../../src/supervisor/event-loop.ts');
    const runDry = () => {
      for (const listener of listenersAdded()) listener(0);
    };
    waitBegins();
    waitBegins();
    expect([listenersAdded().length, portsHeld() - before]).toEqual([1, 0]);
    runDry();
    runDry();
    expect(portsHeld() - before).toBe(1);
    waitEnds();
    await someTurns();
    expect(portsHeld() - before).toBe(1);
    waitEnds();
    expect(await portsGoneDownTo(before)).toBe(true);
    runDry();
    expect(portsHeld() - before).toBe(0);
    waitBegins();
    runDry();
    expect([listenersAdded().length, portsHeld() - before]).toEqual([1, 1]);
    waitEnds();
    expect(await portsGoneDownTo(before)).toBe(true);
  });

  it('cost nothing that holds it while it has not run dry', async () => {
    vi.resetModules();
    const { waitBegins, waitEnds } = await import('../../src/supervisor/event-loop.ts');
    waitBegins();
    waitEnds();
    for (const listener of listenersAdded()) listener(0);
    expect(portsHeld() - before).toBe(0);
  });

  it('may be one that is held from its beginning to its end, however it ends', async () => {
    const { holdEventLoop } = await import('../../src/supervisor/event-loop.ts');
    for (const settle of ['resolve', 'reject'] as const) {
      const gate = deferred();
      const held = holdEventLoop(gate.promise).catch((error: unknown) => error);
      expect(portsHeld() - before).toBe(1);
      gate[settle]('reason');
      await held;
      expect(await portsGoneDownTo(before)).toBe(true);
    }
  });
});

describe('a call of a system', () => {
  const silent = childSpec({ id: 'silent', actor: { init: () => ({ receive() {} }) } });
  const answering = childSpec({
    id: 'answering',
    actor: {
      init: () => ({
        receive: (_message: unknown, replyTo?: { reply(value: unknown): void }) => replyTo?.reply(1),
      }),
    },
  });
  const children = [silent, answering];
  const runDry = () => {
    for (const listener of process.listeners('beforeExit'))
      if (listener.name === 'holdWhileWaiting') listener(0);
  };

  it.each([
    ['with the timeout that calls have by default', undefined, 1],
    ['with a timeout', { timeoutMs: 60_000 }, 1],
    ['without a limit', { timeoutMs: Number.POSITIVE_INFINITY }, 0],
  ] as const)('%s holds the event loop: %#', async (_what, options, held) => {
    const system = await ActorSystem.start({ children });
    const call = system.call('silent', {}, options).catch(Object);
    runDry();
    expect(portsHeld() - before).toBe(held);
    await system.stop();
    await call;
    expect(await portsGoneDownTo(before)).toBe(true);
  });

  it('that is answered holds it no longer', async () => {
    const system = await ActorSystem.start({ children });
    expect(await system.call('answering', {})).toBe(1);
    runDry();
    expect(portsHeld() - before).toBe(0);
    await system.stop();
    expect(await portsGoneDownTo(before)).toBe(true);
  });

  it('without a limit that is answered does not count for those that hold it', async () => {
    const system = await ActorSystem.start({ children });
    const waiting = system.call('silent', {}).catch(Object);
    await system.call('answering', {}, { timeoutMs: Number.POSITIVE_INFINITY });
    runDry();
    expect(portsHeld() - before).toBe(1);
    await system.stop();
    await waiting;
    expect(await portsGoneDownTo(before)).toBe(true);
  });

  it('that is refused holds it no longer', async () => {
    const system = await ActorSystem.start({ children });
    await expect(system.call('nobody', {})).rejects.toMatchObject({ code: 'noproc' });
    runDry();
    expect(portsHeld() - before).toBe(0);
    await system.stop();
    expect(await portsGoneDownTo(before)).toBe(true);
  });

  it('under simulated time holds nothing', async () => {
    const system = await ActorSystem.start({ children, clock: new SimulatedClock() });
    const call = system.call('silent', {}).catch(Object);
    runDry();
    expect(portsHeld() - before).toBe(0);
    await system.stop();
    await call;
    expect(await portsGoneDownTo(before)).toBe(true);
  });
});
