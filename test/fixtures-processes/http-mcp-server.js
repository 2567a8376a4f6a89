#!/usr/bin/env node
// The MCP server of mcp-lab.js over HTTP, on the port of the first argument (0: any), which it prints. Ends with its stdin.
// Every request must have the header `x-key: open sesame`, and a session that is its own.
import { createServer } from 'node:http';
import process from 'node:process';
import { McpLab } from './mcp-lab.js';

/** By session: the laboratory, and the streams that take its messages. */
const sessions = new Map();

class Session {
  #waiting = new Map();
  #stream = null;
  #current = null;

  constructor() {
    this.lab = new McpLab({
      send: (message) => this.#deliver(message),
      garbage: () => this.#current?.write('data: this is no JSON\n\n: nor this\n\n'),
    });
  }

  /** An answer goes to its request, a question to the request that runs, a notification to the stream for those. */
  #deliver(message) {
    const event = `event: message\ndata: ${JSON.stringify(message)}\n\n`;
    if (message.method === undefined) {
      this.#waiting.get(message.id)?.end(event);
      this.#waiting.delete(message.id);
    } else if (message.id !== undefined) this.#current?.write(event);
    else this.#stream?.write(event);
  }

  open(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    this.#stream = response;
  }

  post(message, response) {
    if (message.method === undefined || message.id === undefined) {
      response.writeHead(202).end();
      this.lab.receive(message);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    this.#waiting.set(message.id, response);
    this.#current = response;
    this.lab.receive(message);
  }

  close() {
    this.#stream?.end();
  }
}

// With MCP_BEHAVIOUR `…, refuses <status> [once] [of <tool>]` calls are answered so instead of being made. 404 forgets the session.
const [, refusal, once, refusedTool] =
  /refuses (\d+)( once)?(?: of (\w+))?$/.exec(process.env.MCP_BEHAVIOUR ?? '') ?? [];
let refused = 0;

function refuses({ method, params }, id, response) {
  if (refusal === undefined || method !== 'tools/call') return false;
  if ((once !== undefined && refused > 0) || (refusedTool ?? params.name) !== params.name) return false;
  refused += 1;
  if (refusal === '404') sessions.delete(id);
  response.writeHead(Number(refusal), refusal === '429' ? { 'retry-after': '7' } : {}).end('not now');
  return true;
}

async function bodyOf(request) {
  let body = '';
  for await (const chunk of request) body += chunk;
  return JSON.parse(body);
}

const server = createServer(async (request, response) => {
  if (request.headers['x-key'] !== 'open sesame') return response.writeHead(401).end('who are you');
  const id = request.headers['mcp-session-id'];
  const session = sessions.get(id);
  if (request.method === 'DELETE') {
    session?.close();
    sessions.delete(id);
    return response.writeHead(200).end();
  }
  if (request.method === 'GET')
    return session === undefined ? response.writeHead(404).end() : session.open(response);
  const message = await bodyOf(request);
  if (refuses(message, id, response)) return undefined;
  if (message.method === 'initialize') {
    const opened = new Session();
    const name = `session-${process.pid}-${sessions.size}`;
    sessions.set(name, opened);
    response.setHeader('mcp-session-id', name);
    return opened.post(message, response);
  }
  return session === undefined ? response.writeHead(404).end() : session.post(message, response);
});

process.stdin.on('end', () => process.exit(0)).resume();
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () =>
  process.stdout.write(`${server.address().port}\n`),
);
