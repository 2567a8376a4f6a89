import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  begin,
  command,
  customToolCall,
  drop,
  endEarly,
  failed,
  functionCall,
  hold,
  httpError,
  incomplete,
  type ModelResponse,
  outputItem,
  patch,
  promptScript,
  reasoning,
  sse,
  stream,
  text,
  usage,
  webSearch,
} from '../../src/testing/index.ts';
import { AppServerSession, deltasOf, type PlayedTurn } from './app-server-session.ts';

let session: AppServerSession;

beforeAll(async () => {
  session = await AppServerSession.open();
});

afterAll(async () => {
  await session.close();
});

function typesOf(turn: PlayedTurn): unknown[] {
  return turn.items.map((item) => item.type);
}

describe('what the model says reaches Codex', () => {
  it('a text comes in as many deltas as asked, and whole in the end', async () => {
    const turn = await session.play([text('Grüße an 世界 🌍!', { deltas: 4, phase: 'final_answer' })]);
    expect(deltasOf(turn)).toHaveLength(4);
    expect(deltasOf(turn).join('')).toBe('Grüße an 世界 🌍!');
    expect(turn.items).toMatchObject([
      { type: 'agentMessage', text: 'Grüße an 世界 🌍!', phase: 'final_answer' },
    ]);
    expect(turn.status).toBe('completed');
  });

  it('a gap between deltas changes when they come, not what they say', async () => {
    const turn = await session.play([text('abc', { deltas: 3, gapMs: 1 })]);
    expect(deltasOf(turn)).toEqual(['a', 'b', 'c']);
  });

  it('a stream has exactly its number of deltas of its size', async () => {
    const turn = await session.play([stream({ deltas: 2_000, size: 100 })]);
    expect(deltasOf(turn)).toHaveLength(2_000);
    expect(turn.items).toMatchObject([{ type: 'agentMessage', text: 'x'.repeat(200_000) }]);
  });

  it('reasoning has its summary parts and its content', async () => {
    const turn = await session.play([reasoning(['first', 'second'], ['raw']), text('so')]);
    expect(turn.items).toMatchObject([
      { type: 'reasoning', summary: ['first', 'second'], content: ['raw'] },
      { type: 'agentMessage', text: 'so' },
    ]);
  });

  it('a command is run and its output comes back with the next request', async () => {
    const turn = await session.play([command('echo out; exit 3')], [text('seen')]);
    expect(turn.items).toMatchObject([
      { type: 'commandExecution', exitCode: 3, aggregatedOutput: 'out\n' },
      { type: 'agentMessage', text: 'seen' },
    ]);
    const [, second] = session.model.requestsOf(turn.threadId);
    expect(second?.toolOutputs).toHaveLength(1);
    expect(second?.toolOutputs[0]?.output).toContain('out\n');
    expect(second?.step).toBe(1);
  });

  it('a patch changes files', async () => {
    const turn = await session.play(
      [patch('*** Begin Patch\n*** Add File: made.txt\n+by patch\n*** End Patch')],
      [text('ok')],
    );
    expect(typesOf(turn)).toEqual(['fileChange', 'agentMessage']);
    const made = path.join(session.home.workingDirectory, 'made.txt');
    expect(await readFile(made, 'utf8')).toBe('by patch\n');
  });

  it('calls of unknown tools and bad arguments reach Codex as they are', async () => {
    const turn = await session.play(
      [functionCall('no_such_tool', { a: 1 }, { callId: 'mine' }), customToolCall('no_such_custom', 'x')],
      [functionCall('exec_command', 'not json')],
      [text('ok')],
    );
    const requests = session.model.requestsOf(turn.threadId);
    expect(requests.map((request) => request.toolOutputs.length)).toEqual([0, 2, 3]);
    expect(requests[1]?.toolOutputs[0]).toMatchObject({ callId: 'mine' });
    expect(requests[2]?.toolOutputs[2]?.output).toContain('failed to parse');
  });

  it('a web search is an item', async () => {
    session.model.enqueue([webSearch('codex'), text('found')]);
    const threadId = await session.startThread({ config: { web_search: 'live' } });
    const turn = await session.finishTurn(threadId);
    expect(turn.items).toMatchObject([{ type: 'webSearch', query: 'codex' }, { type: 'agentMessage' }]);
  });

  it('any other output item is passed on as it is', async () => {
    const content = [{ type: 'output_text', text: 'by hand' }];
    const turn = await session.play([
      outputItem({ type: 'message', id: 'msg_own', role: 'assistant', content }),
    ]);
    expect(turn.items).toMatchObject([{ type: 'agentMessage', id: 'msg_own', text: 'by hand' }]);
  });

  it('usage is what the script says', async () => {
    const tokens = { inputTokens: 7, cachedInputTokens: 3, outputTokens: 5, reasoningOutputTokens: 2 };
    const turn = await session.play([usage(tokens), text('ok')]);
    const updated = turn.notifications.find((message) => message.method === 'thread/tokenUsage/updated');
    expect(updated).toMatchObject({ params: { tokenUsage: { last: { ...tokens, totalTokens: 12 } } } });
  });

  it('comments, unknown events and a malformed line cost only themselves', async () => {
    const turn = await session.play([
      sse(': a comment\n\n'),
      sse('event: response.unheard_of\ndata: {"type":"response.unheard_of"}\n\n'),
      sse('data: {not json\n\n'),
      text('still here'),
    ]);
    expect(turn).toMatchObject({ status: 'completed', items: [{ text: 'still here' }] });
  });

  it('an empty response completes the turn without an item', async () => {
    expect(await session.play([])).toMatchObject({ status: 'completed', items: [] });
  });
});

describe('failures', () => {
  const failures: readonly (readonly [string, ModelResponse, RegExp])[] = [
    [
      'HTTP 400 fails the turn with the body of the answer',
      [httpError(400, { body: 'no such thing' })],
      /no such thing/,
    ],
    ['HTTP 401 fails the turn', [httpError(401)], /401/],
    ['HTTP 429 fails the turn', [httpError(429, { headers: { 'retry-after': '1' } })], /429/],
    ['HTTP 500 fails the turn', [httpError(500)], /./],
    ['response.failed fails the turn with its message', [failed('server_error', 'unwell')], /unwell/],
    [
      'response.incomplete fails the turn with its reason',
      [incomplete('max_output_tokens')],
      /max_output_tokens/,
    ],
    ['a stream that ends without response.completed fails the turn', [text('half'), endEarly()], /stream/],
    ['a connection lost before the headers fails the turn', [drop()], /./],
    ['a connection lost after the headers fails the turn', [begin(), drop()], /stream/],
    ['a connection lost in mid-stream fails the turn', [text('half'), drop()], /stream/],
  ];
  it.each(failures)('%s', async (_title, response, message) => {
    const turn = await session.play(response);
    expect(turn.status).toBe('failed');
    expect(turn.error?.message).toMatch(message);
    expect(session.model.requestsOf(turn.threadId)).toHaveLength(1);
  });

  it('a script that throws fails the turn and says what it threw', async () => {
    session.model.script(() => {
      throw new Error('the script is broken');
    });
    const turn = await session.finishTurn(await session.startThread());
    session.model.script(undefined);
    expect(turn.status).toBe('failed');
    expect(turn.error?.message).toContain('the script is broken');
  });

  it('a failure with `times` happens that often and then no more', async () => {
    await using retrying = await AppServerSession.open([
      '-c',
      'model_providers.mock.request_max_retries=2',
      '-c',
      'model_providers.mock.stream_max_retries=2',
    ]);
    const threadId = await retrying.startThread();
    const script = promptScript([httpError(500, { times: 1 }), text('a'), drop({ times: 2 }), text('b')]);
    const turn = await retrying.finishTurn(threadId, script);
    expect(turn.status).toBe('completed');
    expect(turn.items).toMatchObject([{ text: 'a' }, { text: 'b' }]);
    const tries = retrying.model.submissionsOf(script);
    expect(tries).toHaveLength(3);
    expect(new Set(tries.map((request) => request.turnId)).size).toBe(1);

    const once = httpError(500, { times: 1 });
    const steps = promptScript([once, command('true')], [once, text('both steps failed once')]);
    const second = await retrying.finishTurn(threadId, steps);
    expect(second.items).toMatchObject([{ type: 'commandExecution' }, { text: 'both steps failed once' }]);
    expect(retrying.model.requestsOf(threadId)).toHaveLength(3 + 4);
  });
});

describe('gates', () => {
  it('a response is held until the gate opens, and what came before it is not', async () => {
    const gate = session.model.hold();
    session.model.enqueue([text('before'), gate.action, text('after')]);
    const threadId = await session.startThread();
    const from = session.client.transcript.length;
    const turnId = await session.startTurn(threadId);
    await gate.reached();
    await session.client.seen((message) => message.method === 'item/agentMessage/delta', from);
    expect(gate.waiting).toBe(1);
    gate.release();
    const turn = await session.turnEnd(threadId, turnId, from);
    expect(turn.items).toMatchObject([{ text: 'before' }, { text: 'after' }]);
    expect(gate.waiting).toBe(0);
  });

  it('a turn interrupted in mid-message leaves the message open and the gate empty', async () => {
    const gate = session.model.hold();
    session.model.enqueue([text('once upon', { deltas: 2, hold: { afterDeltas: 1, gate: gate.name } })]);
    const threadId = await session.startThread();
    const from = session.client.transcript.length;
    const turnId = await session.startTurn(threadId);
    await session.client.seen((message) => message.method === 'item/agentMessage/delta', from);
    await session.client.request('turn/interrupt', { threadId, turnId });
    const turn = await session.turnEnd(threadId, turnId, from);
    expect(turn).toMatchObject({ status: 'interrupted', items: [] });
    expect(deltasOf(turn)).toEqual(['once']);
    await gate.left();
    expect(gate.waiting).toBe(0);
  });

  it('a model that says nothing at all is waited for, and can be left', async () => {
    const threadId = await session.startThread();
    const from = session.client.transcript.length;
    const turnId = await session.startTurn(threadId, promptScript([hold('silence'), text('never')]));
    await session.model.gate('silence').reached();
    await session.client.request('turn/interrupt', { threadId, turnId });
    expect((await session.turnEnd(threadId, turnId, from)).status).toBe('interrupted');
  });
});

describe('scripts', () => {
  it('many threads at once each get the script of their own prompt', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `thread-${index}`);
    const turns = await Promise.all(
      names.map(async (name) => {
        const threadId = await session.startThread();
        return session.finishTurn(threadId, promptScript([command(`echo ${name}`)], [text(`done ${name}`)]));
      }),
    );
    expect(turns.map((turn) => turn.items)).toMatchObject(
      names.map((name) => [{ aggregatedOutput: `${name}\n` }, { text: `done ${name}` }]),
    );
  });

  it('parallel calls of one response count as one step', async () => {
    const threadId = await session.startThread();
    const turn = await session.finishTurn(
      threadId,
      promptScript([command('echo a'), command('echo b')], [command('echo c')], [text('end')]),
    );
    expect(typesOf(turn)).toEqual([
      'commandExecution',
      'commandExecution',
      'commandExecution',
      'agentMessage',
    ]);
    expect(session.model.requestsOf(threadId).map((request) => request.step)).toEqual([0, 1, 2]);
  });

  it('a later prompt without a script gets the default answer, not the old script', async () => {
    const threadId = await session.startThread();
    await session.finishTurn(threadId, promptScript([text('scripted')]));
    const turn = await session.finishTurn(threadId, 'plain');
    expect(turn.items).toMatchObject([{ text: 'ok' }]);
  });

  it('a script function sees the thread, the prompt, the history and the step', async () => {
    const seen: unknown[] = [];
    session.model.script(({ threadId, prompt, userMessages, step, kind }) => {
      seen.push({ threadId, prompt, userMessages, step, kind });
      return step === 0 ? [command('true')] : [text('done')];
    });
    const threadId = await session.startThread();
    await session.finishTurn(threadId, 'first');
    await session.finishTurn(threadId, 'second');
    session.model.script(undefined);
    const first = { threadId, prompt: 'first', userMessages: ['first'], kind: 'turn' };
    const second = { threadId, prompt: 'second', userMessages: ['first', 'second'], kind: 'turn' };
    expect(seen).toEqual([
      { ...first, step: 0 },
      { ...first, step: 1 },
      { ...second, step: 0 },
      { ...second, step: 1 },
    ]);
  });

  it('a script in a prompt that cannot be read fails the turn and names what is accepted', async () => {
    const turn = await session.finishTurn(await session.startThread(), '@@[[{"type":"sing"}]]@@');
    expect(turn.status).toBe('failed');
    expect(turn.error?.message).toContain('function_call');
  });
});

describe('the record', () => {
  it('each submission of a prompt is found once, and its later steps are not', async () => {
    const threadId = await session.startThread();
    await session.finishTurn(threadId, `unlike any other ${promptScript([command('true')], [text('end')])}`);
    expect(session.model.submissionsOf('unlike any other').map((request) => request.threadId)).toEqual([
      threadId,
    ]);
    await session.finishTurn(threadId, `unlike any other ${promptScript([text('again')])}`);
    expect(session.model.submissionsOf('unlike any other')).toHaveLength(2);
  });

  it('a prompt is found whatever characters it has', async () => {
    const prompt = 'quotes "\'` \\ slash / tab \t line\nend ü 世 🌍 \u007f\u2028\u0001';
    const threadId = await session.startThread();
    await session.finishTurn(threadId, prompt);
    expect(session.model.submissionsOf(prompt).map((request) => request.threadId)).toEqual([threadId]);
  });

  it('a request can be waited for before it comes', async () => {
    const expected = session.model.waitForRequest((request) => request.prompt === 'to come');
    const threadId = await session.startThread();
    await session.finishTurn(threadId, 'to come');
    expect((await expected).threadId).toBe(threadId);
  });
});
