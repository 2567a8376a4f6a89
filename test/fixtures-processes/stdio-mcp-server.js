#!/usr/bin/env node
// An MCP server on stdio that misbehaves on request. MCP_BEHAVIOUR chooses what `work` does:
// `answers`, `dies` in the middle of a call, `hangs`, `prints garbage` before it answers, `answers twice`.
// `hangs at handshake` never answers `initialize`; `lists many` has 500 tools.
import process from 'node:process';
import { createInterface } from 'node:readline';

const behaviour = process.env.MCP_BEHAVIOUR ?? 'answers';
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const tool = (name) => ({
  name,
  description: 'Works.',
  inputSchema: { type: 'object', properties: {} },
  annotations: { readOnlyHint: true },
});
const names = behaviour === 'lists many' ? Array.from({ length: 499 }, (_, index) => `other_${index}`) : [];

function work(id) {
  const result = { content: [{ type: 'text', text: 'worked' }] };
  switch (behaviour) {
    case 'dies':
      return process.kill(process.pid, 'SIGKILL');
    case 'hangs':
      return undefined;
    case 'prints garbage':
      process.stdout.write('this is no JSON\n{"half":\n');
      return send({ id, result });
    case 'answers twice':
      send({ id, result });
      return send({ id, result: { content: [{ type: 'text', text: 'again' }] } });
    default:
      return send({ id, result });
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  switch (method) {
    case 'initialize':
      if (behaviour === 'hangs at handshake') return;
      send({
        id,
        result: {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: 'lab', version: '1.0.0' },
        },
      });
      return;
    case 'tools/list':
      send({ id, result: { tools: [...names, 'work'].map(tool) } });
      return;
    case 'tools/call':
      work(id);
      return;
    default:
      if (id !== undefined) send({ id, result: {} });
  }
});
