import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import process from 'node:process';

// What an MCP server does, good or bad, whatever carries its messages. MCP_BEHAVIOUR chooses what `work` and `write` do:
// `answers`, `dies` in the middle of a call, `dies once` (MCP_STATE names the file that remembers), `hangs`, `prints garbage` before it
// answers, `answers twice`, `fails`, `tells its environment`, `asks back` and answers what it was told, `changes its list` and then answers.
// `hangs at handshake` never answers `initialize`; `lists many` has 500 tools on five pages, `lists without end` ten on each of them.
// What follows a comma is for whoever carries the messages.
// Each call is noted in the file that MCP_CALLS names, if it names one.
const pageSize = 100;

const tool = (name, annotations = { readOnlyHint: true }) => ({
  name,
  description: 'Works.',
  inputSchema: { type: 'object', properties: {} },
  annotations,
});
const text = (words) => ({ content: [{ type: 'text', text: words }] });

/** One session of the laboratory. `send` takes a message to the client, `garbage` prints what is none. */
export class McpLab {
  #send;
  #garbage;
  #behaviour = (process.env.MCP_BEHAVIOUR ?? 'answers').split(', ')[0];
  #tools = [tool('work'), tool('write', {})];
  #questions = new Map();

  constructor({ send, garbage }) {
    this.#send = (message) => send({ jsonrpc: '2.0', ...message });
    this.#garbage = garbage;
    if (this.#behaviour === 'lists many')
      this.#tools = [...Array.from({ length: 498 }, (_, index) => tool(`other_${index}`)), ...this.#tools];
  }

  receive({ id, method, params, result }) {
    switch (method) {
      case undefined:
        this.#questions.get(id)?.(result);
        return;
      case 'initialize':
        if (this.#behaviour === 'hangs at handshake') return;
        this.#send({
          id,
          result: {
            protocolVersion: params.protocolVersion,
            capabilities: { tools: { listChanged: true } },
            serverInfo: { name: 'lab', version: '1.0.0' },
          },
        });
        return;
      case 'tools/list':
        this.#list(id, Number(params?.cursor ?? 0));
        return;
      case 'tools/call':
        if (process.env.MCP_CALLS) appendFileSync(process.env.MCP_CALLS, `${params.name}\n`);
        this.#call(id);
        return;
      default:
        if (id !== undefined) this.#send({ id, result: {} });
    }
  }

  #list(id, from) {
    if (this.#behaviour === 'lists without end') {
      const tools = Array.from({ length: 10 }, (_, index) =>
        tool(from + index === 0 ? 'work' : `other_${from + index}`),
      );
      this.#send({ id, result: { tools, nextCursor: String(from + tools.length) } });
      return;
    }
    const next = from + pageSize;
    const more = next < this.#tools.length ? { nextCursor: String(next) } : {};
    this.#send({ id, result: { tools: this.#tools.slice(from, next), ...more } });
  }

  #call(id) {
    const result = text('worked');
    switch (this.#behaviour) {
      case 'dies':
        process.kill(process.pid, 'SIGKILL');
        return;
      case 'dies once':
        if (!existsSync(process.env.MCP_STATE)) {
          writeFileSync(process.env.MCP_STATE, 'died');
          process.kill(process.pid, 'SIGKILL');
        }
        this.#send({ id, result });
        return;
      case 'hangs':
        return;
      case 'prints garbage':
        this.#garbage();
        this.#send({ id, result });
        return;
      case 'answers twice':
        this.#send({ id, result });
        this.#send({ id, result: text('again') });
        return;
      case 'fails':
        this.#send({ id, result: { ...text('the shelf is empty'), isError: true } });
        return;
      case 'changes its list':
        this.#tools = [tool('play')];
        this.#send({ method: 'notifications/tools/list_changed' });
        this.#send({ id, result });
        return;
      case 'tells its environment':
        this.#send({ id, result: text(JSON.stringify(Object.keys(process.env))) });
        return;
      case 'asks back':
        this.#ask(id);
        return;
      default:
        this.#send({ id, result });
    }
  }

  #ask(id) {
    const question = `question-${id}`;
    this.#questions.set(question, (answer) => this.#send({ id, result: text(JSON.stringify(answer)) }));
    const requestedSchema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
    this.#send({
      id: question,
      method: 'elicitation/create',
      params: { mode: 'form', message: 'Who are you?', requestedSchema },
    });
  }
}
