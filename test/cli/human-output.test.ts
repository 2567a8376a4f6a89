import { describe, expect, test } from 'vitest';
import { initialHumanOutput, type Piece, renderHuman } from '../../src/cli/human-output.ts';
import { oneLine, wantsColor, withoutControls } from '../../src/cli/terminal-text.ts';
import type { TurnEvent } from '../../src/index.ts';

function render(events: readonly TurnEvent[], color = false): Piece[] {
  let state = initialHumanOutput;
  return events.flatMap((event) => {
    const rendered = renderHuman(state, event, { color });
    state = rendered.state;
    return rendered.pieces;
  });
}

/** What a terminal shows, where both streams arrive in order. */
function shown(events: readonly TurnEvent[], color = false): string {
  return render(events, color)
    .map((piece) => piece.text)
    .join('');
}

function answer(events: readonly TurnEvent[]): string {
  return render(events)
    .filter((piece) => piece.to === 'stdout')
    .map((piece) => piece.text)
    .join('');
}

const delta = (item_id: string, text: string): TurnEvent => ({
  type: 'item.delta',
  item_id,
  kind: 'text',
  delta: text,
});
const message = (id: string, text: string): TurnEvent => ({
  type: 'item.completed',
  item: { id, type: 'agent_message', text },
});
const command = (
  line: string,
  exit_code: number,
  status: 'completed' | 'failed' = 'completed',
): TurnEvent => ({
  type: 'item.completed',
  item: { id: 'item_9', type: 'command_execution', command: line, aggregated_output: '', exit_code, status },
});
const completed: TurnEvent = {
  type: 'turn.completed',
  usage: {
    input_tokens: 12_345,
    cached_input_tokens: 1_000,
    cache_write_input_tokens: 0,
    output_tokens: 67,
    reasoning_output_tokens: 8,
  },
};

describe('human output', () => {
  test('a whole turn reads like this', () => {
    const turn: TurnEvent[] = [
      { type: 'thread.started', thread_id: '0199' },
      { type: 'turn.started' },
      {
        type: 'item.started',
        item: { id: 'item_0', type: 'todo_list', items: [{ text: 'look', completed: false }] },
      },
      delta('item_1', 'Let me '),
      delta('item_1', 'look.'),
      message('item_1', 'Let me look.'),
      command("/bin/bash -lc 'ls -la'", 0),
      command('/bin/bash -lc "cat missing"', 1, 'failed'),
      { type: 'error', message: 'Reconnecting... 1/5' },
      {
        type: 'item.completed',
        item: {
          id: 'item_4',
          type: 'file_change',
          changes: [
            { path: 'a.ts', kind: 'update' },
            { path: 'b.ts', kind: 'add' },
            { path: 'c.ts', kind: 'delete' },
          ],
          status: 'completed',
        },
      },
      { type: 'item.completed', item: { id: 'item_5', type: 'web_search', query: 'erlang' } },
      {
        type: 'item.updated',
        item: { id: 'item_0', type: 'todo_list', items: [{ text: 'look', completed: true }] },
      },
      message('item_6', 'Done.\n'),
      completed,
    ];
    expect(shown(turn)).toBe(
      [
        'thread 0199',
        '[ ] look',
        'Let me look.',
        '$ ls -la  exit 0',
        '$ cat missing  exit 1',
        'Reconnecting... 1/5',
        'changed a.ts',
        'added b.ts',
        'deleted c.ts',
        'searched: erlang',
        '[x] look',
        'Done.',
        'tokens: 12,345 in (1,000 cached), 67 out (8 reasoning)',
        '',
      ].join('\n'),
    );
    expect(answer(turn)).toBe('Let me look.\nDone.\n');
  });

  test('a message without deltas appears whole, on lines of its own', () => {
    expect(answer([message('item_0', 'one'), message('item_1', 'two')])).toBe('one\ntwo\n');
  });

  test('what deltas have not shown of a message is added when it completes', () => {
    expect(answer([delta('item_0', 'half'), message('item_0', 'half and half')])).toBe('half and half\n');
  });

  test('a note in the middle of a message begins on a line of its own and leaves the answer untouched', () => {
    const events = [
      delta('item_0', 'half'),
      command('ls', 0),
      delta('item_0', ' more'),
      message('item_0', 'half more'),
    ];
    expect(shown(events)).toBe('half\n$ ls  exit 0\n more\n');
    expect(answer(events)).toBe('half more\n');
  });

  test('a message that was cut off does not run into the next one', () => {
    expect(answer([delta('item_0', 'cut'), delta('item_1', 'next'), message('item_1', 'next')])).toBe(
      'cut\nnext\n',
    );
  });

  test('deltas that are not the answer are not shown', () => {
    expect(shown([{ type: 'item.delta', item_id: 'item_0', kind: 'output', delta: 'noise' }])).toBe('');
  });

  test('a failed turn says why', () => {
    expect(shown([{ type: 'turn.failed', error: { message: 'stream disconnected' } }])).toBe(
      'turn failed: stream disconnected\n',
    );
  });

  test('a failed tool call says why, a failed patch names its files', () => {
    expect(
      shown([
        {
          type: 'item.completed',
          item: {
            id: 'item_0',
            type: 'mcp_tool_call',
            server: 'files',
            tool: 'read',
            arguments: {},
            error: { message: 'no such file' },
            status: 'failed',
          },
        },
        {
          type: 'item.completed',
          item: {
            id: 'item_1',
            type: 'file_change',
            changes: [{ path: 'a.ts', kind: 'update' }],
            status: 'failed',
          },
        },
      ]),
    ).toBe('files.read  failed: no such file\npatch failed: a.ts\n');
  });

  test('what the model says cannot steer the terminal', () => {
    const events = [delta('item_0', 'a\u001b]0;owned\u0007b\r'), command('echo \u001b[2J\nrm', 0)];
    expect(shown(events)).toBe('a]0;ownedb\n$ echo [2J rm  exit 0\n');
  });

  test('colour dresses the notes, never the answer', () => {
    expect(shown([message('item_0', 'answer'), command('ls', 1)], true)).toBe(
      'answer\n\u001b[31m$ ls  exit 1\u001b[39m\n',
    );
  });

  test('an event of a kind not known here shows nothing', () => {
    const unknown: TurnEvent = JSON.parse('{"type":"thread.renamed","name":"x"}');
    expect(shown([unknown])).toBe('');
  });
});

describe('terminal text', () => {
  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
  ])('terminal %s with %j: colour %s', (terminal, env, expected) => {
    expect(wantsColor(terminal, env)).toBe(expected);
  });

  test('keeps line feeds, tabs and every language', () => {
    expect(withoutControls('a\tb\nč 語 🙂')).toBe('a\tb\nč 語 🙂');
  });

  test('a long line is cut between characters', () => {
    expect(oneLine('🙂🙂🙂', 2)).toBe('🙂🙂…');
    expect(oneLine('a  b\n c', 10)).toBe('a b c');
  });
});
