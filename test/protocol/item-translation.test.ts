import { describe, expect, test } from 'vitest';
import { finalResponse } from '../../src/protocol/final-response.ts';
import { translateItem } from '../../src/protocol/item-translation.ts';

describe('an item of the app-server becomes that of exec', () => {
  test.each([
    [
      'a declined command',
      {
        type: 'commandExecution',
        command: 'rm x',
        status: 'declined',
        aggregatedOutput: null,
        exitCode: null,
      },
      {
        type: 'command_execution',
        command: 'rm x',
        status: 'declined',
        aggregated_output: '',
        exit_code: null,
      },
    ],
    [
      'a declined patch, for which exec has no word of its own',
      {
        type: 'fileChange',
        status: 'declined',
        changes: [
          { path: '/a', kind: { type: 'add' }, diff: '+' },
          { path: '/b', kind: { type: 'update', move_path: null }, diff: '' },
          { path: '/c', kind: { type: 'delete' }, diff: '-' },
        ],
      },
      {
        type: 'file_change',
        status: 'failed',
        changes: [
          { path: '/a', kind: 'add' },
          { path: '/b', kind: 'update' },
          { path: '/c', kind: 'delete' },
        ],
      },
    ],
    [
      'a call of an MCP tool that answered',
      {
        type: 'mcpToolCall',
        server: 'lab',
        tool: 'look',
        status: 'completed',
        arguments: { q: 1 },
        result: { content: [{ type: 'text', text: 'seen' }], structuredContent: { a: 1 }, _meta: null },
        error: null,
      },
      {
        type: 'mcp_tool_call',
        server: 'lab',
        tool: 'look',
        status: 'completed',
        arguments: { q: 1 },
        result: { content: [{ type: 'text', text: 'seen' }], structured_content: { a: 1 } },
        error: null,
      },
    ],
    [
      'a call of an MCP tool that failed',
      {
        type: 'mcpToolCall',
        server: 'lab',
        tool: 'look',
        status: 'failed',
        result: null,
        error: { message: 'no' },
      },
      {
        type: 'mcp_tool_call',
        server: 'lab',
        tool: 'look',
        status: 'failed',
        arguments: null,
        result: null,
        error: { message: 'no' },
      },
    ],
    [
      'a call of an application’s tool',
      { type: 'dynamicToolCall', namespace: null, tool: 'look', arguments: {}, status: 'inProgress' },
      {
        type: 'dynamic_tool_call',
        namespace: null,
        tool: 'look',
        arguments: {},
        status: 'in_progress',
        content_items: null,
        success: null,
      },
    ],
    [
      'work with another thread',
      {
        type: 'collabAgentToolCall',
        tool: 'spawnAgent',
        status: 'interrupted',
        senderThreadId: 'a',
        receiverThreadIds: ['b'],
        prompt: 'go',
        agentsStates: { b: { status: 'pendingInit', message: null } },
      },
      {
        type: 'collab_tool_call',
        tool: 'spawn_agent',
        status: 'failed',
        sender_thread_id: 'a',
        receiver_thread_ids: ['b'],
        prompt: 'go',
        agents_states: { b: { status: 'pending_init', message: null } },
      },
    ],
    ['a plan', { type: 'plan', text: '1. look' }, { type: 'plan', text: '1. look' }],
    [
      'reasoning without a summary, by its content',
      { type: 'reasoning', summary: [], content: ['a', 'b'] },
      { type: 'reasoning', text: 'a\nb' },
    ],
  ])('%s', (_name, item, expected) => {
    expect(translateItem({ ...item, id: 'codex-id' }, 'item_3')).toEqual({ id: 'item_3', ...expected });
  });

  test.each([
    [
      { type: 'openPage', url: 'https://a' },
      { type: 'open_page', url: 'https://a' },
    ],
    [
      { type: 'findInPage', url: null, pattern: 'x' },
      { type: 'find_in_page', pattern: 'x' },
    ],
    [
      { type: 'search', query: null, queries: ['a', 'b'] },
      { type: 'search', queries: ['a', 'b'] },
    ],
    [{ type: 'future' }, { type: 'other' }],
  ])('a web search keeps its own id, and what it does is spelled as in exec: %j', (action, expected) => {
    const item = { type: 'webSearch', id: 'ws_1', query: 'q', action, results: [] };
    expect(translateItem(item, 'item_0')).toEqual({
      id: 'ws_1',
      type: 'web_search',
      query: 'q',
      action: expected,
    });
  });
});

describe('an item that is not what it should be', () => {
  const types = [
    'agentMessage',
    'commandExecution',
    'fileChange',
    'mcpToolCall',
    'dynamicToolCall',
    'collabAgentToolCall',
    'webSearch',
    'plan',
  ];

  test.each(types)('%s without any field is still an item', (type) => {
    expect(translateItem({ type }, 'item_0')).toMatchObject({ id: 'item_0' });
  });

  test.each([undefined, null, 'text', [], {}, { type: 1 }, { type: 'future' }])('%j is none', (item) => {
    expect(translateItem(item, 'item_0')).toBeUndefined();
  });
});

describe('the final response', () => {
  test('is the last message, as in the official SDK', () => {
    const message = (text: string) => ({ id: text, type: 'agent_message', text }) as const;
    const error = { id: 'e', type: 'error', message: 'careful' } as const;
    expect(finalResponse([message('first'), message('last'), error])).toBe('last');
    expect(finalResponse([message('first'), message('')])).toBe('');
  });

  test('is empty when there is no message', () => {
    expect(finalResponse([])).toBe('');
  });
});
