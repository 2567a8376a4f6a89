#!/usr/bin/env node
/**
 * As little of an app-server as a turn needs, so that ten thousand threads fit on the machine beside the runtime under measurement:
 * Codex itself takes 0.9 MiB for each.
 */
let rest = '';
let threads = 0;

function send(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function runTurn(threadId: string, turnId: string): void {
  const turn = {
    id: turnId,
    items: [],
    itemsView: 'summary',
    error: null,
    startedAt: 0,
    completedAt: 0,
    durationMs: 0,
  };
  send({ method: 'turn/started', params: { threadId, turn: { ...turn, status: 'inProgress' } } });
  send({ method: 'turn/completed', params: { threadId, turn: { ...turn, status: 'completed' } } });
}

function answer(line: string): void {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  if (method === 'initialize')
    send({ id, result: { userAgent: 'tiny/0.169.0', codexHome: '/', platformOs: 'linux' } });
  else if (method === 'thread/start')
    send({ id, result: { thread: { id: `thread-${++threads}`, turns: [] } } });
  else if (method === 'turn/start') {
    const turnId = `turn-of-${params.threadId}`;
    send({ id, result: { turn: { id: turnId, items: [], status: 'inProgress' } } });
    runTurn(params.threadId, turnId);
  } else send({ id, result: {} });
}

process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) answer(line);
});
