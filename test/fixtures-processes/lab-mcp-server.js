/**
 * A small MCP server on stdio, for what Codex asks on behalf of MCP servers: the tool `write` says that it is not read-only, so that
 * Codex asks before it is called; `ask` asks the user something itself, and `visit` sends the user to an address. Each call of `write` adds a line to the file that is named on
 * the command line.
 */
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [, , callsFile] = process.argv;
const schema = { type: 'object', properties: { text: { type: 'string' } } };
const tools = [
  {
    name: 'write',
    description: 'Writes a line',
    inputSchema: schema,
    annotations: { destructiveHint: true },
  },
  { name: 'ask', description: 'Asks the user', inputSchema: schema, annotations: { readOnlyHint: true } },
  { name: 'visit', description: 'Sends the user', inputSchema: schema, annotations: { readOnlyHint: true } },
];
/** What waits for the answer to a question of ours, by its id. */
const waiting = new Map();

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

function textResult(text) {
  return { content: [{ type: 'text', text }] };
}

function call(id, { name, arguments: given }) {
  if (name === 'write') {
    appendFileSync(callsFile, `${given.text}\n`);
    send({ id, result: textResult('written') });
    return;
  }
  const question = `question-${id}`;
  waiting.set(question, (answer) => send({ id, result: textResult(JSON.stringify(answer)) }));
  if (name === 'visit') {
    const url = { mode: 'url', url: 'https://example.org/login', elicitationId: 'visit-1' };
    send({ id: question, method: 'elicitation/create', params: { message: 'Log in', ...url } });
    return;
  }
  const requestedSchema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
  send({ id: question, method: 'elicitation/create', params: { message: 'Who are you?', requestedSchema } });
}

function receive(message) {
  const { id, method, params, result } = message;
  if (method === undefined) waiting.get(id)?.(result);
  else if (method === 'initialize') {
    const { protocolVersion } = params;
    const serverInfo = { name: 'lab', version: '1.0.0' };
    send({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
  } else if (method === 'tools/list') send({ id, result: { tools } });
  else if (method === 'tools/call') call(id, params);
  else if (id !== undefined) send({ id, error: { code: -32601, message: `no ${method} here` } });
}

createInterface({ input: process.stdin }).on('line', (line) => receive(JSON.parse(line)));
