import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Respond } from '../../src/actors/exec-port/thread-route.ts';
import { ThreadToolCalls } from '../../src/actors/tools/thread-tool-calls.ts';
import { ThreadTools } from '../../src/actors/tools/thread-tools.ts';
import { defineTool, type Tool, type ToolCallContext } from '../../src/actors/tools/tool.ts';
import { toolCallsRunningMax, toolCallsWaitingMax, toolsChild } from '../../src/actors/tools/tool-runner.ts';
import { toolCallsPath, toolRunnerPath } from '../../src/actors/tools/tool-runner-messages.ts';
import { ToolTable } from '../../src/actors/tools/tool-table.ts';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import { whichChildren } from '../../src/supervisor/supervisor-client.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

/** A system of tools on virtual time, asked as a thread on a port asks it. */
class ToolScene implements AsyncDisposable {
  readonly table: ToolTable;
  readonly clock: SimulatedClock;
  readonly system: ActorSystem;
  readonly reports: readonly unknown[];
  /** What was answered, in order. */
  readonly answers: string[] = [];
  readonly #threads = new Map<string, ThreadToolCalls>();
  #calls = 0;

  private constructor(
    table: ToolTable,
    clock: SimulatedClock,
    system: ActorSystem,
    reports: readonly unknown[],
  ) {
    this.table = table;
    this.clock = clock;
    this.system = system;
    this.reports = reports;
  }

  static async start(...tools: readonly Tool[]): Promise<ToolScene> {
    const table = new ToolTable();
    const clock = new SimulatedClock();
    const reports: unknown[] = [];
    const onReport = (report: unknown) => {
      reports.push(report);
    };
    const children = [toolsChild({ table })];
    const system = await ActorSystem.start({ name: 'codex', clock, onReport, children });
    for (const tool of tools) table.register(tool);
    return new ToolScene(table, clock, system, reports);
  }

  thread(threadId = 'thread'): ThreadToolCalls {
    const known = this.#threads.get(threadId);
    if (known !== undefined) return known;
    const calls = new ThreadToolCalls(this.system, new ThreadTools(this.table));
    this.#threads.set(threadId, calls);
    return calls;
  }

  call(tool: string, args: unknown = {}, threadId = 'thread'): void {
    const callId = `call-${this.#calls++}`;
    const respond: Respond = (answer) => this.answers.push(JSON.stringify(answer));
    const params = { threadId, turnId: `${threadId}-turn`, callId, namespace: null, tool, arguments: args };
    this.thread(threadId).request({ id: this.#calls, method: 'item/tool/call', params }, respond);
  }

  endTurn(threadId = 'thread'): void {
    this.thread(threadId).notified({
      method: 'turn/completed',
      params: { turn: { id: `${threadId}-turn` } },
    });
  }

  /** What is left of calls: tasks, and timers beside those of the runtime. */
  async left(): Promise<{ tasks: number; timers: number }> {
    await this.clock.settle();
    const tasks = (await whichChildren(this.system, toolCallsPath)).length;
    await this.clock.settle();
    return { tasks, timers: this.clock.pendingTimers };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.system.stop();
  }
}

type Execute = (args: unknown, context: ToolCallContext) => unknown;
const tool = (
  name: string,
  execute: Execute,
  options: { timeoutMs?: number; concurrency?: number } = {},
): Tool => defineTool({ name, description: 'A tool.', input: z.object({}).loose(), execute, ...options });
const never: Execute = () => new Promise(() => undefined);

describe('the tool runner', () => {
  test('answers a call that takes longer than its deadline, aborts it, and keeps nothing of it', async () => {
    const signals: AbortSignal[] = [];
    await using scene = await ToolScene.start(
      tool('slow', (_args, { signal }) => signals.push(signal) > 0 && new Promise(() => undefined), {
        timeoutMs: 5_000,
      }),
    );
    scene.call('slow');
    await scene.clock.advance(4_999);
    expect([scene.answers, signals[0]?.aborted]).toEqual([[], false]);
    await scene.clock.advance(1);
    expect(scene.answers).toEqual([expect.stringContaining('it did not end within 5000 ms')]);
    expect(await scene.left()).toEqual({ tasks: 0, timers: 0 });
    expect(signals[0]?.aborted).toBe(true);
    expect(scene.table.metrics.slow).toEqual({
      running: 0,
      succeeded: 0,
      failed: { timed_out: 1 },
      totalMs: 5_000,
      lastMs: 5_000,
    });
  });

  test('runs as many calls of a tool as it says, in the order they came, and others meanwhile', async () => {
    const release: (() => void)[] = [];
    const order: unknown[] = [];
    const gated = tool(
      'gated',
      (args) => {
        order.push(args);
        return new Promise<void>((resolve) => release.push(resolve));
      },
      { concurrency: 2 },
    );
    await using scene = await ToolScene.start(
      gated,
      tool('quick', () => 'quick'),
    );
    for (let number = 0; number < 5; number += 1) scene.call('gated', { number });
    scene.call('quick');
    await scene.clock.settle();
    expect(order).toEqual([{ number: 0 }, { number: 1 }]);
    expect(scene.answers).toEqual([expect.stringContaining('quick')]);
    while (release.length > 0) {
      release.shift()?.();
      await scene.clock.settle();
    }
    expect(order).toEqual([0, 1, 2, 3, 4].map((number) => ({ number })));
    expect(scene.answers).toHaveLength(6);
    expect(await scene.left()).toEqual({ tasks: 0, timers: 0 });
  });

  test(`runs at most ${toolCallsRunningMax} calls of all tools, and lets at most ${toolCallsWaitingMax} wait`, async () => {
    await using scene = await ToolScene.start(tool('stuck', never, { concurrency: 1_000 }));
    const all = toolCallsRunningMax + toolCallsWaitingMax;
    for (let number = 0; number < all + 3; number += 1) scene.call('stuck', {}, `thread-${number % 50}`);
    await scene.clock.settle();
    expect(scene.table.metrics.stuck?.running).toBe(toolCallsRunningMax);
    expect(scene.answers).toEqual(
      Array.from({ length: 3 }, () => expect.stringContaining('too many calls wait')),
    );
    for (let thread = 0; thread < 50; thread += 1) scene.endTurn(`thread-${thread}`);
    expect(await scene.left()).toEqual({ tasks: 0, timers: 0 });
    expect(scene.answers).toHaveLength(all + 3);
  });

  test('ends the calls of a turn with it, waiting ones too, and no others', async () => {
    await using scene = await ToolScene.start(tool('stuck', never, { concurrency: 1 }));
    scene.call('stuck', {}, 'a');
    scene.call('stuck', {}, 'a');
    scene.call('stuck', {}, 'b');
    await scene.clock.settle();
    scene.endTurn('a');
    await scene.clock.settle();
    expect(scene.answers).toEqual(Array.from({ length: 2 }, () => expect.stringContaining('its turn ended')));
    expect(scene.table.metrics.stuck).toMatchObject({ running: 1, failed: { interrupted: 2 } });
    scene.thread('b').detach();
    expect(await scene.left()).toEqual({ tasks: 0, timers: 0 });
  });

  test('tells the model that a tool which was deregistered while its call waited is gone', async () => {
    await using scene = await ToolScene.start();
    const handle = scene.table.register(tool('stuck', never, { concurrency: 1, timeoutMs: 1_000 }));
    scene.call('stuck');
    scene.call('stuck');
    await scene.clock.settle();
    expect([handle.deregister(), handle.deregister()]).toEqual([true, false]);
    await scene.clock.advance(1_000);
    expect(scene.answers).toEqual([
      expect.stringContaining('did not end within'),
      expect.stringContaining('not available any more'),
    ]);
  });

  test('drops what a tool returns after its end', async () => {
    let finish: (value: string) => void = () => undefined;
    const late = new Promise<string>((resolve) => {
      finish = resolve;
    });
    await using scene = await ToolScene.start(tool('late', () => late, { timeoutMs: 10 }));
    scene.call('late');
    await scene.clock.advance(10);
    finish('too late');
    expect(await scene.left()).toEqual({ tasks: 0, timers: 0 });
    expect(scene.answers).toHaveLength(1);
    expect(scene.table.metrics.late?.succeeded).toBe(0);
  });

  test('that crashes answers every call it had, and runs the next ones', async () => {
    await using scene = await ToolScene.start(
      tool('stuck', never, { concurrency: 2 }),
      tool('quick', () => 'quick'),
    );
    for (let number = 0; number < 5; number += 1) scene.call('stuck');
    await scene.clock.settle();
    scene.system.cast(toolRunnerPath, { type: 'tool.call' });
    expect(await scene.left()).toEqual({ tasks: 0, timers: 0 });
    expect(scene.answers).toEqual(
      Array.from({ length: 5 }, () => expect.stringContaining('tools are being stopped')),
    );
    expect(scene.reports).toHaveLength(1);
    scene.call('quick');
    await scene.clock.settle();
    expect(scene.answers.at(-1)).toContain('quick');
  });

  test('that is stopped has answered every call', async () => {
    const scene = await ToolScene.start(tool('stuck', never, { concurrency: 2 }));
    for (let number = 0; number < 5; number += 1) scene.call('stuck');
    await scene.clock.settle();
    await scene.system.stop();
    expect(scene.answers).toEqual(
      Array.from({ length: 5 }, () => expect.stringContaining('tools are being stopped')),
    );
    scene.call('stuck');
    expect(scene.answers.at(-1)).toContain('cannot be called now');
    expect(scene.clock.pendingTimers).toBe(0);
  });

  test('reports no crash for a tool that throws: it is the tool that failed', async () => {
    await using scene = await ToolScene.start(
      tool('bad', () => {
        throw new Error('no luck');
      }),
    );
    scene.call('bad');
    await scene.clock.settle();
    expect(scene.answers).toEqual([expect.stringContaining('Tool bad failed: no luck')]);
    expect(scene.reports).toEqual([]);
  });

  test('answers params that are none, and a tool that nobody has', async () => {
    await using scene = await ToolScene.start();
    scene.call('nobody');
    scene
      .thread()
      .request({ id: 1, method: 'item/tool/call', params: { tool: 1 } }, (answer) =>
        scene.answers.push(JSON.stringify(answer)),
      );
    await scene.clock.settle();
    expect(scene.answers.toSorted()).toEqual([
      expect.stringContaining('cannot be called now'),
      expect.stringContaining('not available any more'),
    ]);
  });
});
