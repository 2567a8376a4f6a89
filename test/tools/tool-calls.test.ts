import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool, type Thread, type ToolMetrics } from '../../src/index.ts';
import {
  command,
  customToolCall,
  functionCall,
  homeMarkVariable,
  type ModelAction,
  processesWithEnvironment,
  text,
} from '../../src/testing/index.ts';
import { CodexRig } from '../codex/rig.ts';
import { MisbehavingTool, type Misdeed, misdeeds } from './misbehaving-tool.ts';

let rig: CodexRig;
const handles = new Set<{ deregister(): boolean }>();
beforeAll(async () => {
  rig = await CodexRig.start();
});
afterEach(() => {
  for (const handle of handles) handle.deregister();
  handles.clear();
});
afterAll(async () => {
  expect(await rig.close()).toEqual([]);
});

const newThread = () => rig.codex.startThread(rig.threadOptions);
/** What the model does next; what a test has left over is of no concern to the next. */
function script({ model }: CodexRig, ...responses: readonly (readonly ModelAction[])[]): void {
  const left = [...responses];
  model.script(() => left.shift() ?? [text('the script is over')]);
}
/** What the model was told of its last tool call in a thread. */
const lastOutput = (thread: Thread, { model } = rig) =>
  JSON.stringify(model.requestsOf(thread.id ?? '').at(-1)?.toolOutputs);
const metricsOf = (name: string, { codex } = rig): ToolMetrics | undefined => codex.tools.metrics[name];
const callOf = (name: string, args: unknown = {}): readonly ModelAction[] => [functionCall(name, args)];

/** A picture of one pixel. */
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

async function killCodex({ home }: CodexRig): Promise<void> {
  for (const { pid } of await processesWithEnvironment(homeMarkVariable, home.mark))
    process.kill(pid, 'SIGKILL');
}

describe('a tool', () => {
  const seen: unknown[] = [];
  const lookup = defineTool({
    name: 'lookup',
    description: 'Finds an order.',
    input: z.object({ number: z.number().int(), deep: z.boolean().default(false) }),
    output: z.object({ state: z.string() }),
    execute: (args, { threadId, turnId, callId, progress }) => {
      seen.push({ args, named: [threadId, turnId, callId].every((id) => id.length > 0) });
      progress('half-way');
      return { state: 'paid' };
    },
  });
  beforeEach(() => {
    seen.length = 0;
    handles.add(rig.codex.tools.register(lookup));
  });

  test('is called with arguments that its schema has read, and the model gets its result', async () => {
    script(rig, callOf('lookup', { number: 7 }), [text('it is paid')]);
    const thread = newThread();
    expect((await thread.run('look it up')).finalResponse).toBe('it is paid');
    expect(seen).toEqual([{ args: { number: 7, deep: false }, named: true }]);
    expect(lastOutput(thread)).toContain('paid');
    expect(metricsOf('lookup')).toMatchObject({ running: 0, succeeded: 1, failed: {} });
  });

  test('is not called with arguments that do not fit: the model is told what is wrong with them', async () => {
    script(rig, callOf('lookup', { number: 'seven' }), [text('sorry')]);
    const thread = newThread();
    await thread.run('look it up wrongly');
    expect(seen).toEqual([]);
    expect(lastOutput(thread)).toMatch(/Tool lookup failed: its arguments do not fit \(\/number: /);
    expect(metricsOf('lookup')?.failed).toEqual({ invalid_arguments: 1 });
  });

  test('tells telemetry of its start, progress and end, and never what it was asked', async () => {
    const events: object[] = [];
    const names = ['tool.start', 'tool.progress', 'tool.stop', 'tool.exception'] as const;
    using _subscription = rig.codex.telemetry.subscribe(names, (event) => {
      events.push(event);
    });
    script(rig, callOf('lookup', { number: 4711 }), callOf('lookup', { number: 'x' }), [text('done')]);
    await newThread().run('look up, watched');
    await rig.codex.telemetry.flush();
    expect(events).toMatchObject([
      { name: 'tool.start', tool: 'lookup' },
      { name: 'tool.progress', message: 'half-way' },
      { name: 'tool.stop' },
      { name: 'tool.start' },
      { name: 'tool.exception', failure: 'invalid_arguments', error: { code: 'tool_failed' } },
    ]);
    expect(JSON.stringify(events)).not.toContain('4711');
  });

  test('of the thread alone is offered to that thread alone', async () => {
    const own = defineTool({ name: 'own', description: 'Mine.', input: z.object({}), execute: () => 'mine' });
    script(rig, callOf('own'), [text('one')], [text('two')]);
    const thread = rig.codex.startThread({ ...rig.threadOptions, tools: [own] });
    await thread.run('use your own');
    expect(lastOutput(thread)).toContain('mine');
    const other = newThread();
    await other.run('look around');
    const offered = (one: Thread) => JSON.stringify(rig.model.requestsOf(one.id ?? '')[0]?.body.tools);
    expect(offered(thread)).toContain('"own"');
    expect(offered(other)).not.toContain('"own"');
    expect(offered(other)).toContain('"lookup"');
  });

  test('that is not enabled is neither offered nor run', async () => {
    let enabled = true;
    const switched = defineTool({
      name: 'switched',
      description: 'On and off.',
      input: z.object({}),
      execute: () => 'on',
    });
    handles.add(rig.codex.tools.register(switched, { enabled: () => enabled }));
    const thread = newThread();
    script(rig, callOf('switched'), [text('one')]);
    await thread.run('use it');
    expect(lastOutput(thread)).toContain('on');
    enabled = false;
    script(rig, callOf('switched'), [text('two')]);
    await thread.run('use it again');
    expect(lastOutput(thread)).toContain('Tool switched failed: it is not available any more');
    const later = newThread();
    await later.run('look around');
    expect(JSON.stringify(rig.model.requestsOf(later.id ?? '')[0]?.body.tools)).not.toContain('switched');
  });

  test('gives texts, pictures and structured content in one result', async () => {
    const picture = defineTool({
      name: 'picture',
      description: 'Draws.',
      input: z.object({}),
      execute: () => ({
        content: [
          { type: 'text', text: 'a dot' },
          { type: 'image', data: dot, mimeType: 'image/png' },
        ],
        structured: { width: 1 },
      }),
    });
    handles.add(rig.codex.tools.register(picture));
    script(rig, callOf('picture'), [text('seen')]);
    const thread = newThread();
    await thread.run('draw');
    const last = rig.model.requestsOf(thread.id ?? '').at(-1);
    const shown = ['a dot', 'data:image/png;base64,', '{"width":1}'].map((part) => last?.mentions(part));
    expect(shown).toEqual([true, true, true]);
  });

  test('is called from the code of a model that writes code, and its arguments are checked there too', async () => {
    const code = `const found = await tools.lookup({ number: 7 }); text(found);
      try { await tools.lookup({ number: 'x' }); } catch (error) { text('refused'); }`;
    script(rig, [customToolCall('exec', code)], [text('coded')]);
    const thread = rig.codex.startThread({ ...rig.threadOptions, model: 'gpt-5.6-sol' });
    expect((await thread.run('write code')).finalResponse).toBe('coded');
    expect(lastOutput(thread)).toContain('paid');
    expect(seen).toHaveLength(1);
  });

  test('works beside a command in one turn', async () => {
    script(rig, [functionCall('lookup', { number: 1 }), command('echo hello')], [text('both')]);
    const thread = rig.codex.startThread({ ...rig.threadOptions, sandboxMode: 'danger-full-access' });
    expect((await thread.run('both')).finalResponse).toBe('both');
    expect(lastOutput(thread)).toContain('paid');
  });
});

/** What the model is told when nothing else ends the call. */
const told: Readonly<Record<Misdeed, RegExp>> = {
  throws: /Tool deed failed: the shelf is empty/,
  rejects: /Tool deed failed: it threw the shelf is empty/,
  hangs: /Tool deed failed: it did not end within 200 ms/,
  'returns too much': /Tool deed failed: it returned 9000000 characters/,
  'returns nonsense': /Tool deed failed: it returned a value that JSON cannot carry/,
  'is deregistered meanwhile': /gone, but done/,
  'ignores its abort signal': /Tool deed failed: it did not end within 200 ms/,
};

describe.each(misdeeds)('a tool that %s', (misdeed) => {
  const registered = (timeoutMs: number, { codex } = rig) => {
    const deed = new MisbehavingTool(misdeed, timeoutMs);
    handles.add(deed.register(codex.tools));
    return deed;
  };

  /** The thread goes on with the tools that Codex has kept for it, and no call is left. */
  async function worksAgain(deed: MisbehavingTool, thread: Thread, on = rig): Promise<void> {
    if (on.codex.tools.find('deed') === undefined) handles.add(deed.register(on.codex.tools));
    script(on, callOf('deed'), [text('went on')]);
    expect((await thread.run('once more')).finalResponse).toBe('went on');
    expect(lastOutput(thread, on)).toContain('as it should');
    expect(metricsOf('deed', on)?.running).toBe(0);
  }

  test('while the turn runs: the model is told, and the turn goes on', async () => {
    const deed = registered(200);
    script(rig, callOf('deed'), [text('never mind')]);
    const thread = newThread();
    const turn = thread.run('do it');
    await deed.entered;
    deed.release();
    expect((await turn).finalResponse).toBe('never mind');
    expect(lastOutput(thread)).toMatch(told[misdeed]);
    await worksAgain(deed, thread);
  });

  test('while the turn is interrupted: its signal is aborted, and nothing of it is left', async () => {
    const deed = registered(60_000);
    script(rig, callOf('deed'));
    const thread = newThread();
    const turn = thread.run('do it');
    const signal = await deed.entered;
    thread.interrupt();
    await expect(turn).rejects.toMatchObject({ code: 'turn_interrupted' });
    expect(metricsOf('deed')?.running).toBe(0);
    deed.release();
    await worksAgain(deed, thread);
    expect(signal.aborted).toBe(true);
  });

  test('while its process is killed: the turn is reported, and its tools work on the next one unasked', async () => {
    await using own = await CodexRig.start();
    const deed = registered(60_000, own);
    script(own, [text('ready')], callOf('deed'));
    const thread = own.codex.startThread(own.threadOptions);
    await thread.run('begin, to be durable');
    const turn = thread.run('do it');
    const signal = await deed.entered;
    await Promise.all([killCodex(own), expect(turn).rejects.toMatchObject({ code: 'turn_cut_off' })]);
    expect(metricsOf('deed', own)?.running).toBe(0);
    deed.release();
    await worksAgain(deed, thread, own);
    expect(signal.aborted).toBe(true);
  });
});
