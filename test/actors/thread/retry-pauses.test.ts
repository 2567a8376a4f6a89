import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { retryRulesOf } from '../../../src/actors/retry-options.ts';
import { streamIdleTimeoutMs } from '../../../src/actors/thread/server-pause.ts';
import { command, failed, httpError, SimulatedClock, text } from '../../../src/testing/index.ts';
import type { Thread } from '../../../src/thread.ts';
import { Rig } from './rig.ts';

const pauseMs = 2_500;
/** The server names the time; nothing random is added. */
const busy = [failed('rate_limit_exceeded', 'Please try again in 2.5s.')];

let rig: Rig;
let clock: SimulatedClock;
beforeEach(async () => {
  clock = new SimulatedClock();
  const retries = retryRulesOf({}, 'lean') ?? undefined;
  rig = await Rig.start({ retries, random: () => 0, clock });
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

/** Runs a turn up to the pause after its first try. */
async function pausing(thread: Thread, prompt = 'hello', signal?: AbortSignal) {
  const { events } = await thread.runStreamed(prompt, {
    includeDeltas: true,
    ...(signal === undefined ? {} : { signal }),
  });
  for (;;) {
    const { value } = await events.next();
    if (value === undefined) throw new Error('the turn ended before its pause');
    if (value.type === 'turn.retry') break;
  }
  const rest = (async () => {
    const types: string[] = [];
    for (let next = await events.next(); next.done !== true; next = await events.next())
      types.push(next.value.type);
    return types;
  })();
  rest.catch(() => undefined);
  return { rest };
}

describe('in the pause before another try', () => {
  test('the time that the server named is waited for in full', async () => {
    rig.model.enqueue(busy, [text('done')]);
    const { rest } = await pausing(rig.thread());
    await clock.advance(pauseMs - 1);
    expect(rig.model.requests).toHaveLength(1);
    await clock.advance(1);
    expect((await rest).at(-1)).toBe('turn.completed');
    expect(rig.model.requests).toHaveLength(2);
  });

  test('a 429 whose time Codex does not tell is waited for longer than other failures', async () => {
    rig.model.enqueue([httpError(429, { headers: { 'retry-after': '2' } })], [text('done')]);
    const { rest } = await pausing(rig.thread());
    await clock.advance(1_999);
    expect(rig.model.requests).toHaveLength(1);
    await clock.advance(1);
    expect((await rest).at(-1)).toBe('turn.completed');
  });

  test('an interrupt ends the turn at once, and the thread goes on with the next', async () => {
    rig.model.enqueue(busy);
    const thread = rig.thread();
    const { rest } = await pausing(thread);
    thread.interrupt();
    await expect(rest).rejects.toMatchObject({ code: 'turn_interrupted' });
    await clock.advance(pauseMs);
    expect(rig.model.requests).toHaveLength(1);
    expect((await thread.run('next')).finalResponse).toBe('ok');
  });

  test('an aborted signal ends the turn at once', async () => {
    rig.model.enqueue(busy);
    const abort = new AbortController();
    const { rest } = await pausing(rig.thread(), 'hello', abort.signal);
    abort.abort();
    await expect(rest).rejects.toMatchObject({ code: 'cancelled' });
    expect(rig.model.requests).toHaveLength(1);
  });

  test('closing the thread ends the turn, and nothing is submitted after it', async () => {
    rig.model.enqueue(busy);
    const thread = rig.thread();
    const { rest } = await pausing(thread);
    await thread.close();
    await expect(rest).rejects.toMatchObject({ code: 'turn_interrupted' });
    await clock.advance(pauseMs);
    expect(rig.model.requests).toHaveLength(1);
  });

  test('closing everything ends the turn', async () => {
    rig.model.enqueue(busy);
    const { rest } = await pausing(rig.thread());
    await rig.transport.close({ timeoutMs: 10_000 });
    await expect(rest).rejects.toThrow();
    expect(clock.pendingTimers).toBe(0);
  });

  test('the death of the process neither shortens the pause nor loses what the user said', async () => {
    rig.model.enqueue(busy, [text('done')]);
    const thread = rig.thread();
    const back = recovered(thread);
    const { rest } = await pausing(thread);
    await rig.killPort();
    await back;
    expect(rig.model.requests).toHaveLength(1);
    await clock.advance(pauseMs);
    expect((await rest).at(-1)).toBe('turn.completed');
    expect(rig.model.requests.at(-1)?.userMessages).toEqual(['hello']);
    expect(rig.model.submissionsOf('hello')).toHaveLength(2);
  });

  test('a pause that is over before the process is back waits for it, and what ran before the failure is no reason to give up', async () => {
    rig.model.enqueue([command('true')], busy, [text('done')]);
    const thread = rig.thread(null, { sandboxMode: 'danger-full-access' });
    const { rest } = await pausing(thread);
    const unwatch = thread.watch(({ value }) => {
      if (value === 'recovering') clock.advanceSync(pauseMs);
    });
    await rig.killPort();
    expect((await rest).at(-1)).toBe('turn.completed');
    unwatch();
    expect(rig.model.requests.at(-1)?.toolOutputs).toHaveLength(1);
  });

  test('an interrupt after the death of the process lets the turn behind it go on', async () => {
    rig.model.enqueue(busy);
    const thread = rig.thread();
    const { rest } = await pausing(thread);
    const next = thread.run('next');
    await rig.killPort();
    thread.interrupt();
    await expect(rest).rejects.toMatchObject({ code: 'turn_interrupted' });
    expect((await next).finalResponse).toBe('ok');
  });
});

describe('when the process dies in another try', () => {
  test('the turn is reported as cut off once the model has been asked, and not run again', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue(busy, [text('half of it'), gate.action]);
    const thread = rig.thread();
    const { rest } = await pausing(thread);
    await clock.advance(pauseMs);
    await gate.reached();
    await rig.killPort();
    await expect(rest).rejects.toMatchObject({ code: 'turn_cut_off' });
    expect(rig.model.requests).toHaveLength(2);
    expect((await thread.run('again')).finalResponse).toBe('ok');
    expect(rig.model.requests.at(-1)?.userMessages).toEqual(['hello', 'again']);
  });
});

describe("in a pause that Codex makes because the model's server asked for it", () => {
  const config = (url: string) => ({
    model_provider: 'plain',
    model_providers: {
      plain: {
        name: 'plain',
        base_url: url,
        wire_api: 'responses',
        supports_websockets: false,
        stream_max_retries: 1,
      },
    },
  });

  /** A turn that Codex waits with, told by its retry. */
  async function waiting(retryAfter: string) {
    await rig.close();
    clock = new SimulatedClock();
    const retries = retryRulesOf({ retries: { retryAfterMaxMs: 60_000 } }, 'lean') ?? undefined;
    rig = await Rig.start({ retries, random: () => 0, clock, portConfig: config });
    rig.model.enqueue([httpError(429, { headers: { 'retry-after': retryAfter } })], [text('done')]);
    return pausing(rig.thread());
  }

  test('a turn that is not heard of any more fails after the cap and the time of a silent model', async () => {
    const { rest } = await waiting('86400');
    await clock.advance(60_000 + streamIdleTimeoutMs - 1);
    expect(rig.model.requests).toHaveLength(1);
    await clock.advance(1);
    expect((await rest).at(-1)).toBe('turn.failed');
    expect(rig.model.requests).toHaveLength(1);
  });

  test('a server that answers in time is waited for, and no deadline is left', async () => {
    const { rest } = await waiting('1');
    expect((await rest).at(-1)).toBe('turn.completed');
    await clock.advance(60_000 + streamIdleTimeoutMs);
    expect(rig.model.requests).toHaveLength(2);
  });
});

/** Resolves once the thread has lost its port and is on another. */
function recovered(thread: Thread): Promise<void> {
  return new Promise((resolve) => {
    const unwatch = thread.watch(({ recoveries }) => {
      if (recoveries === 0) return;
      unwatch();
      resolve();
    });
  });
}
