import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { messagesPerActorMax, messagesPerTurnMax } from '../../src/supervisor/run-queue.ts';
import { actor, recorder, SmallWorld } from './small-world.ts';

const idleProgram = fileURLToPath(new URL('./idle-program.ts', import.meta.url));

describe('the run queue', () => {
  test('a message is never handled within the call that sent it', async () => {
    const world = new SmallWorld();
    const { behaviour, seen } = recorder();
    world.start('app/a', behaviour);
    world.runtime.cast('app/a', 1);
    expect(seen).toEqual([]);
    await world.settle();
    expect(seen).toEqual([1]);
  });

  test('a flood to one actor delays another by no more than its share of messages', async () => {
    const world = new SmallWorld();
    let handled = 0;
    let handledBeforeOther = -1;
    world.start(
      'app/flooded',
      actor(() => {
        handled += 1;
      }),
    );
    world.start(
      'app/other',
      actor(() => {
        handledBeforeOther = handled;
      }),
    );
    for (let i = 0; i < 10_000; i += 1) world.runtime.cast('app/flooded', i);
    world.runtime.cast('app/other', 'me too');
    await world.settle();
    expect(handled).toBe(10_000);
    expect(handledBeforeOther).toBe(messagesPerActorMax);
  });

  test('after its share of messages the event loop has its turn, not one message later', async () => {
    const world = new SmallWorld();
    let handled = 0;
    world.start(
      'app/flooded',
      actor(() => {
        handled += 1;
      }),
    );
    for (let i = 0; i < 2 * messagesPerTurnMax; i += 1) world.runtime.cast('app/flooded', i);
    await new Promise((resolve) => setImmediate(resolve));
    expect(handled).toBe(messagesPerTurnMax);
    await world.settle();
    expect(handled).toBe(2 * messagesPerTurnMax);
  });

  test('actors that keep each other busy for ever still let the event loop turn', async () => {
    const world = new SmallWorld();
    let handled = 0;
    const pingPong = actor((to, _replyTo, context) => {
      handled += 1;
      context.cast(String(to), context.self.path);
    });
    const [a, b] = [world.start('app/a', pingPong), world.start('app/b', pingPong)];
    world.runtime.cast(a, 'app/b');
    const handledPerTurn: number[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      const before = handled;
      await new Promise((resolve) => setImmediate(resolve));
      handledPerTurn.push(handled - before);
    }
    world.runtime.kill(a);
    world.runtime.kill(b);
    expect(Math.max(...handledPerTurn)).toBeLessThanOrEqual(messagesPerTurnMax + messagesPerActorMax);
    expect(Math.min(...handledPerTurn.slice(1))).toBeGreaterThan(0);
  });

  test('an actor that only awaits answers still lets the event loop turn', async () => {
    const world = new SmallWorld();
    world.start(
      'app/echo',
      actor((message, replyTo) => replyTo?.reply(message)),
    );
    let rounds = 0;
    let running = true;
    world.start(
      'app/caller',
      actor(async (_message, _replyTo, context) => {
        while (running) {
          await context.call('app/echo', {});
          rounds += 1;
        }
      }),
    );
    world.runtime.cast('app/caller', 'go');
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    running = false;
    await world.settle();
    expect(rounds).toBeGreaterThan(0);
    expect(rounds).toBeLessThan(messagesPerTurnMax * 4);
  });

  test('idle actors, waiting calls and their timers do not keep the process alive', () => {
    const { status, stdout } = spawnSync(process.execPath, [idleProgram], {
      encoding: 'utf8',
      timeout: 15_000,
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'started\n' });
  });
});
