import { describe, expect, it } from 'vitest';
import type { ReplyTo } from '../../src/supervisor/behaviour.ts';
import { actor, echo, SmallWorld } from './small-world.ts';

/** A world whose actor `app/a` keeps the right to answer each call. */
function patientWorld() {
  const world = new SmallWorld();
  const kept: ReplyTo[] = [];
  world.start(
    'app/a',
    actor((_message, replyTo) => void (replyTo && kept.push(replyTo))),
  );
  world.start('app/echo', echo);
  /** Calls with a timeout; the settled one has a code, or the answer. */
  const call = (timeoutMs: number): { settled: unknown } => {
    const outcome: { settled: unknown } = { settled: undefined };
    world.runtime.call<string>('app/a', {}, { timeoutMs }).then(
      (answer) => {
        outcome.settled = answer;
      },
      (error) => {
        outcome.settled = Object(error).code;
      },
    );
    return outcome;
  };
  /** Uses a timeout once and leaves it idle. */
  const use = (timeoutMs: number) => world.runtime.call('app/echo', {}, { timeoutMs });
  return { world, kept, call, use };
}

describe('of calls with the same timeout', () => {
  it.each([0, 1, 2])(
    'those that wait still time out when number %i of three is answered',
    async (answered) => {
      const { world, kept, call } = patientWorld();
      const calls = [call(100), call(100), call(100)];
      await world.settle();
      kept[answered]?.reply('answer');
      await world.clock.advance(100);
      expect(calls.map(({ settled }) => settled)).toEqual(
        [0, 1, 2].map((index) => (index === answered ? 'answer' : 'timeout')),
      );
    },
  );

  it('one still times out when another is answered and many other timeouts are in use', async () => {
    const { world, kept, call, use } = patientWorld();
    for (let timeoutMs = 1_000; timeoutMs < 1_020; timeoutMs += 1) call(timeoutMs);
    const [first, second] = [call(100), call(100)];
    await world.settle();
    kept.at(-2)?.reply('answer');
    await use(50);
    await world.clock.advance(100);
    expect([first?.settled, second?.settled]).toEqual(['answer', 'timeout']);
  });
});

describe('an idle timeout', () => {
  it('keeps its timer while no more than 16 are in use, and is cancelled beyond that', async () => {
    const { world, use } = patientWorld();
    for (let timeoutMs = 1_001; timeoutMs <= 1_016; timeoutMs += 1) await use(timeoutMs);
    expect(world.clock.pendingTimers).toBe(16);
    await use(1_017);
    expect(world.clock.pendingTimers).toBe(16);
    // The one too many has left no trace: those that were there before are used again and stay.
    await use(1_001);
    expect(world.clock.pendingTimers).toBe(16);
  });

  it('is forgotten once its timer has run out', async () => {
    const { world, use } = patientWorld();
    for (let timeoutMs = 1; timeoutMs <= 16; timeoutMs += 1) await use(timeoutMs);
    await world.clock.advance(16);
    expect(world.clock.pendingTimers).toBe(0);
    for (let timeoutMs = 1_001; timeoutMs <= 1_016; timeoutMs += 1) await use(timeoutMs);
    expect(world.clock.pendingTimers).toBe(16);
  });
});
