import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Codex, type Thread } from '../../src/index.ts';
import { homeMarkVariable, processesWithEnvironment, text } from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';
import { WatchedPort } from './watched-port.ts';

const unknownId = '01900000-0000-7000-8000-000000000000';
const review = { type: 'custom', instructions: 'look at the locks' } as const;
const findings = JSON.stringify({
  findings: [],
  overall_correctness: 'patch is correct',
  overall_explanation: 'the locks are fine',
  overall_confidence_score: 1,
});

let rig: CodexRig;
let port: WatchedPort;
beforeEach(async () => {
  rig = await CodexRig.start();
  port = new WatchedPort(rig.codex);
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

/** The lean profile would keep it as `legacy`. */
function startThread(): Thread {
  return rig.codex.startThread({ ...rig.threadOptions, historyMode: 'paginated' });
}

async function threadOf(...prompts: readonly string[]): Promise<Thread> {
  const thread = startThread();
  for (const prompt of prompts) await thread.run(prompt);
  return thread;
}

async function turnsOf(thread: Thread) {
  const turns = [];
  for await (const turn of rig.codex.threads.turns(thread.id ?? '', { first: 'oldest' })) turns.push(turn);
  return turns;
}

/** What the model was last told by the user. */
function lastRequest(): string {
  return rig.model.requests.at(-1)?.userMessages.join('\n') ?? '';
}

describe('compact', () => {
  test('is a turn: the next one goes on from the summary', async () => {
    const thread = await threadOf('first prompt');
    rig.model.enqueue([text('SUMMARY OF ALL')]);
    const { items, finalResponse, usage } = await thread.compact();
    expect({ items, finalResponse }).toEqual({ items: [], finalResponse: '' });
    expect(usage).not.toBeNull();
    await thread.run('second prompt');
    expect(lastRequest()).toContain('SUMMARY OF ALL');
    expect((await turnsOf(thread)).map(({ prompt }) => prompt)).toEqual([
      'first prompt',
      '',
      'second prompt',
    ]);
  });

  test('waits for turns asked for before it, and those asked for later wait for it', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([text('one'), gate.action], [text('SUMMARY')], [text('three')]);
    const thread = startThread();
    const ended: string[] = [];
    const noted = (name: string) => () => ended.push(name);
    const all = [
      thread.run('first').then(noted('first')),
      thread.compact().then(noted('compact')),
      thread.run('third').then(noted('third')),
    ];
    await gate.reached();
    expect(port.count('thread/compact/start')).toBe(0);
    gate.release();
    await Promise.all(all);
    expect(ended).toEqual(['first', 'compact', 'third']);
  });

  test('can be interrupted, and leaves the thread as it was', async () => {
    const thread = await threadOf('first prompt');
    const gate = rig.model.hold();
    rig.model.enqueue([text('SUMM'), gate.action]);
    const compacting = thread.compact();
    await gate.reached();
    thread.interrupt();
    await expect(compacting).rejects.toMatchObject({ code: 'turn_interrupted' });
    await thread.run('second prompt');
    expect(lastRequest()).toContain('first prompt');
  });
});

describe('review', () => {
  test('is a turn whose final response is the review', async () => {
    const thread = await threadOf('first');
    rig.model.enqueue([text(findings)]);
    const { finalResponse, items } = await thread.review(review);
    expect(finalResponse).toContain('the locks are fine');
    expect(items.map(({ type }) => type)).toEqual(['agent_message']);
    expect(lastRequest()).toContain('look at the locks');
    expect((await thread.run('go on')).finalResponse).toBe('ok');
  });

  test('streams its events as a turn does', async () => {
    const thread = await threadOf('first');
    rig.model.enqueue([text(findings)]);
    const { events } = await thread.reviewStreamed(review);
    const types: string[] = [];
    for await (const event of events) types.push(event.type);
    expect(types).toEqual(['thread.started', 'turn.started', 'item.completed', 'turn.completed']);
  });

  test('may be the first thing a thread does', async () => {
    rig.model.enqueue([text(findings)]);
    const thread = startThread();
    expect((await thread.review(review)).finalResponse).toContain('the locks are fine');
  });

  test('cannot be steered', async () => {
    const thread = await threadOf('first');
    const gate = rig.model.hold();
    rig.model.enqueue([text(findings), gate.action]);
    const reviewing = thread.review(review);
    await gate.reached();
    await expect(thread.steer('faster')).rejects.toMatchObject({ name: 'RpcError' });
    gate.release();
    expect((await reviewing).finalResponse).toContain('the locks are fine');
  });

  test.each(['while the model speaks', 'as it begins'])(
    'can be interrupted %s, by the one id that Codex takes',
    async (moment) => {
      const thread = await threadOf('first');
      const gate = rig.model.hold();
      rig.model.enqueue([text('{'), gate.action]);
      const asked = port.next('review/start');
      const reviewing = thread.review(review);
      await (moment === 'as it begins' ? asked : gate.reached());
      thread.interrupt();
      await expect(reviewing).rejects.toMatchObject({ code: 'turn_interrupted' });
      gate.release();
      // It may have ended before the model was asked: then this turn gets its response.
      await thread.run('go on');
      expect(port.count('turn/interrupt')).toBe(1);
    },
  );
});

describe.each([
  ['compact', (thread: Thread) => thread.compact(), 'first'],
  ['review', (thread: Thread) => thread.review(review), 'look at the locks'],
] as const)('%s, when the process is killed', (_name, run, submission) => {
  test('while the model speaks, is reported as cut off and not run again', async () => {
    const thread = await threadOf('first');
    const gate = rig.model.hold();
    rig.model.enqueue([text('half'), gate.action]);
    const running = run(thread);
    await gate.reached();
    const asked = rig.model.requests.length;
    port.kill();
    await expect(running).rejects.toMatchObject({ code: 'turn_cut_off', threadId: thread.id });
    expect(rig.model.requests).toHaveLength(asked);
    expect((await thread.run('go on')).finalResponse).toBe('ok');
    expect(rig.model.submissionsOf(submission).length).toBeGreaterThan(0);
  });

  test('before Codex has read it, runs once, on the next process', async () => {
    const thread = await threadOf('first');
    rig.model.enqueue([text(findings)]);
    const method = _name === 'compact' ? 'thread/compact/start' : 'review/start';
    const outcome = await port.killBeforeAnswer(method, () => run(thread));
    expect(outcome.status).toBe('fulfilled');
    expect(port.count(method)).toBe(2);
    expect((await turnsOf(thread)).filter(({ status }) => status === 'completed')).toHaveLength(2);
  });
});

describe('fork', () => {
  test('has the history of its source, and the two go on apart', async () => {
    const thread = await threadOf('first prompt');
    const fork = await thread.fork();
    expect(fork.id).not.toBe(thread.id);
    await fork.run('only in the fork');
    expect(lastRequest()).toContain('first prompt');
    await thread.run('only in the source');
    expect(lastRequest()).not.toContain('only in the fork');
    expect((await fork.read()).forkedFromId).toBe(thread.id);
  });

  test('waits for turns asked for before it; with a turn to fork at it does not wait', async () => {
    const thread = await threadOf('first');
    const [turn] = await turnsOf(thread);
    const gate = rig.model.hold();
    rig.model.enqueue([text('two'), gate.action]);
    const running = thread.run('second');
    const whole = thread.fork();
    await gate.reached();
    const early = await thread.fork({ lastTurnId: turn?.id ?? '' });
    expect((await turnsOf(early)).map(({ prompt }) => prompt)).toEqual(['first']);
    gate.release();
    await running;
    expect((await turnsOf(await whole)).map(({ prompt, status }) => [prompt, status])).toEqual([
      ['first', 'completed'],
      ['second', 'completed'],
    ]);
  });

  test('takes labels along, and runs under options of its own', async () => {
    const thread = await threadOf('first');
    await rig.codex.threads.labels.add(thread.id ?? '', 'nightly');
    const fork = await thread.fork({ modelReasoningEffort: 'high' });
    expect(await rig.codex.threads.labels.list(fork.id ?? '')).toEqual(['nightly']);
    await fork.run('think');
    expect(rig.model.requests.at(-1)?.body.reasoning).toMatchObject({ effort: 'high' });
  });

  test('keeps its source from being deleted', async () => {
    const thread = await threadOf('first');
    const fork = await thread.fork();
    await expect(thread.delete()).rejects.toMatchObject({ code: 'thread_referenced', threadId: thread.id });
    await fork.delete();
    await rig.codex.threads.delete(thread.id ?? '');
  });
});

describe('revert', () => {
  test('takes a turn and all after it out of the history', async () => {
    const thread = await threadOf('first', 'second', 'third');
    const [, second] = await turnsOf(thread);
    await thread.revert(second?.id ?? '');
    expect((await turnsOf(thread)).map(({ prompt }) => prompt)).toEqual(['first']);
    await thread.run('fourth');
    expect(lastRequest()).toContain('first');
    expect(lastRequest()).not.toContain('second');
  });

  test('waits for the turn that runs', async () => {
    const thread = await threadOf('first');
    const [first] = await turnsOf(thread);
    const gate = rig.model.hold();
    rig.model.enqueue([text('two'), gate.action]);
    const running = thread.run('second');
    await gate.reached();
    const reverting = thread.revert(first?.id ?? '');
    gate.release();
    expect((await running).finalResponse).toBe('two');
    await reverting;
    expect(await turnsOf(thread)).toEqual([]);
  });

  test('a crash after it is reconciled with the turns that are left', async () => {
    const thread = startThread();
    const gate = rig.model.hold();
    rig.model.enqueue([text('half'), gate.action]);
    const first = thread.run('first');
    await gate.reached();
    thread.interrupt();
    await expect(first).rejects.toMatchObject({ code: 'turn_interrupted' });
    gate.release();
    await thread.run('second');
    await thread.revert((await turnsOf(thread)).at(-1)?.id ?? '');
    // With the reverted turn as the last one known, the interrupted one before it would be taken for one that was cut off.
    const outcome = await port.killBeforeAnswer('turn/start', () => thread.run('third'));
    expect(outcome).toMatchObject({ status: 'fulfilled', value: { finalResponse: 'ok' } });
    expect(rig.model.submissionsOf('third')).toHaveLength(1);
  });
});

/** Forks, of which no turn of their source tells. */
const forks: readonly (readonly [string, (thread: Thread, turnId: string) => Promise<Thread>])[] = [
  ['fork', (thread) => thread.fork()],
  ['fork at a turn', (thread, turnId) => thread.fork({ lastTurnId: turnId })],
];

describe('failures', () => {
  test.each(forks)(
    '%s: the process killed before it answers leaves the outcome unknown, asked once',
    async (_name, ask) => {
      const thread = await threadOf('first');
      const [turn] = await turnsOf(thread);
      const outcome = await port.killBeforeAnswer('thread/fork', () => ask(thread, turn?.id ?? ''));
      expect(outcome).toMatchObject({ reason: { code: 'outcome_unknown', threadId: thread.id } });
      expect((await thread.run('go on')).finalResponse).toBe('ok');
      expect(port.count('thread/fork')).toBe(1);
    },
  );

  test('a turn that Codex does not know is turn_not_found, and a thread without a turn thread_not_found', async () => {
    const thread = await threadOf('first');
    const unknown = { code: 'turn_not_found', threadId: thread.id };
    await expect(thread.fork({ lastTurnId: unknownId })).rejects.toMatchObject(unknown);
    await expect(thread.fork({ beforeTurnId: unknownId })).rejects.toMatchObject(unknown);
    await expect(thread.revert(unknownId)).rejects.toMatchObject(unknown);
    expect((await thread.run('go on')).finalResponse).toBe('ok');
    const unused = startThread();
    for (const ask of [
      () => unused.read(),
      () => unused.setName('n'),
      () => unused.archive(),
      () => unused.fork(),
    ])
      await expect(ask()).rejects.toMatchObject({ code: 'thread_not_found' });
  });

  test('a thread that is kept as legacy is forked, but not reverted', async () => {
    const thread = rig.codex.startThread({ ...rig.threadOptions, historyMode: 'legacy' });
    await thread.run('first');
    await expect(thread.revert(unknownId)).rejects.toMatchObject({ code: 'thread_legacy' });
    await expect(thread.fork({ lastTurnId: unknownId })).rejects.toMatchObject({ code: 'turn_not_found' });
    const fork = await thread.fork();
    expect((await turnsOf(fork)).map(({ prompt }) => prompt)).toEqual(['first']);
  });

  test('a thread that is closed, or closes while they wait, rejects them', async () => {
    const gate = rig.model.hold();
    rig.model.enqueue([text('half'), gate.action]);
    const thread = startThread();
    const waiting = Promise.allSettled([
      thread.run('long'),
      thread.compact(),
      thread.fork(),
      thread.revert(unknownId),
    ]);
    await gate.reached();
    await thread.close();
    const closed = { reason: { code: 'thread_closed' } };
    expect((await waiting).slice(1)).toMatchObject([closed, closed, closed]);
    const late = await Promise.allSettled([
      thread.compact(),
      thread.review(review),
      thread.fork(),
      thread.revert(unknownId),
    ]);
    expect(late).toMatchObject([closed, closed, closed, closed]);
    expect(port.count('thread/fork') + port.count('thread/revert')).toBe(0);
  });

  test('an ephemeral thread compacts and reviews, but is neither forked nor reverted', async () => {
    const thread = rig.codex.startThread({ ...rig.threadOptions, ephemeral: true });
    await thread.run('first');
    rig.model.enqueue([text('SUMMARY')], [text(findings)]);
    await thread.compact();
    expect((await thread.review(review)).finalResponse).toContain('the locks are fine');
    const refused = { code: 'thread_ephemeral', threadId: thread.id };
    await expect(thread.fork()).rejects.toMatchObject(refused);
    await expect(thread.revert(unknownId)).rejects.toMatchObject(refused);
    expect(port.count('thread/fork') + port.count('thread/revert')).toBe(0);
  });

  test('bad input, and the exec transport, are refused before anything starts', async () => {
    const thread = startThread();
    const bad: readonly (readonly [field: string, asked: Promise<unknown>])[] = [
      ['beforeTurnId', thread.revert('no-id')],
      ['lastTurnId', thread.fork({ lastTurnId: 'no-id' })],
      ['beforeTurnId', thread.fork({ lastTurnId: unknownId, beforeTurnId: unknownId })],
      ['sandboxMode', thread.fork({ sandboxMode: JSON.parse('"none"') })],
      ['ephemeral', thread.fork({ ephemeral: true })],
      ['target', thread.review(JSON.parse('{"type":"toString"}'))],
      ['target.branch', thread.review({ type: 'baseBranch', branch: ' ' })],
      ['target.instructions', thread.review({ type: 'custom', instructions: 'x'.repeat(100_001) })],
      ['signal', thread.compact(JSON.parse('{"signal":5}'))],
    ];
    for (const [field, asked] of bad)
      await expect(asked, field).rejects.toMatchObject({ code: 'invalid_option', field });
    await using codex = new Codex({ transport: 'exec' });
    const exec = codex.startThread();
    for (const asked of [
      exec.compact(),
      exec.review(review),
      exec.fork(),
      exec.revert(unknownId),
      exec.read(),
    ])
      await expect(asked).rejects.toMatchObject({ code: 'invalid_option', field: 'transport' });
    expect(await processesWithEnvironment(homeMarkVariable, rig.home.mark)).toEqual([]);
  });
});
