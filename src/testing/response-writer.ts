import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Gate } from './gate.ts';
import {
  completed,
  created,
  cutIntoDeltas,
  itemAdded,
  itemDone,
  messageItem,
  responseFailed,
  responseIncomplete,
  textDelta,
} from './responses-sse.ts';
import type { ModelAction, ModelResponse, ModelUsage } from './script.ts';
import { wholeItemEvents } from './whole-item-events.ts';

/** Characters gathered before a write, so that a load of small deltas costs few system calls. */
const gatheredLengthMax = 64 * 1024;

/** What a writer needs to know of the request it answers. */
export interface ResponseIdentity {
  /** The request's number in this model server; makes ids that are unique in it. */
  readonly number: number;
  /** Which try of the same request this is, from 1; asked only by actions with `times`. */
  readonly attempt: () => number;
  readonly gate: (name: string) => Gate;
}

type Ending = 'open' | 'ended';

/** Performs the actions of one response on one HTTP response. Everything up to the next wait leaves in one write. */
export class ResponseWriter {
  readonly #http: ServerResponse;
  readonly #identity: ResponseIdentity;
  readonly #gone: Promise<void>;
  readonly #left = new AbortController();
  #buffer = '';
  #begun = false;
  #outputIndex = 0;
  #usage: ModelUsage = {};

  constructor(http: ServerResponse, identity: ResponseIdentity) {
    this.#http = http;
    this.#identity = identity;
    this.#gone = new Promise((resolve) => {
      http.once('close', () => {
        resolve();
        this.#left.abort();
      });
    });
  }

  /**
   * Resolves when the response is finished, or its client has gone: a client that left is no error.
   *
   * @throws Error, before anything is sent, when an HTTP status comes after other actions.
   */
  async perform(response: ModelResponse): Promise<void> {
    refuseMisplaced(response);
    for (const action of response) {
      if (this.#left.signal.aborted) return;
      if ((await this.#act(action)) === 'ended') return;
    }
    this.#begin();
    this.#buffer += completed(this.#responseId, this.#usage);
    this.#http.end(this.#buffer);
  }

  get #responseId(): string {
    return `resp_${this.#identity.number}`;
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#http.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    this.#buffer += created(this.#responseId);
  }

  /** Sends what has been gathered, waiting while the client's buffers are full. */
  async #flush(): Promise<void> {
    if (this.#buffer === '' || this.#left.signal.aborted) return;
    const bytes = this.#buffer;
    this.#buffer = '';
    if (!this.#http.write(bytes)) await Promise.race([once(this.#http, 'drain'), this.#gone]);
  }

  async #act(action: ModelAction): Promise<Ending> {
    if ('times' in action && action.times !== undefined && this.#identity.attempt() > action.times)
      return 'open';
    if (action.type === 'http') return this.#refuse(action);
    if (action.type === 'drop') return this.#drop();
    // A hold that comes first holds the headers too: a model that says nothing at all.
    if (action.type !== 'hold') this.#begin();
    switch (action.type) {
      case 'begin':
        await this.#flush();
        return 'open';
      case 'text':
        await this.#text(action);
        return 'open';
      case 'stream':
        await this.#stream(action.deltas, action.size);
        return 'open';
      case 'usage':
        this.#usage = { ...this.#usage, ...action.usage };
        return 'open';
      case 'hold':
        await this.#hold(action.gate);
        return 'open';
      case 'sse':
        this.#buffer += action.text;
        return 'open';
      case 'failed':
        return this.#end(responseFailed(this.#responseId, action.code, action.message));
      case 'incomplete':
        return this.#end(responseIncomplete(this.#responseId, action.reason));
      case 'end':
        return this.#end('');
      case 'reasoning':
      case 'function_call':
      case 'custom_tool_call':
      case 'web_search':
      case 'item':
        this.#buffer += wholeItemEvents(action, this.#identity.number, this.#outputIndex++);
        return 'open';
    }
  }

  #refuse(action: ModelAction & { type: 'http' }): Ending {
    const contentType = action.body.startsWith('{') ? 'application/json' : 'text/plain';
    this.#http.writeHead(action.status, { 'content-type': contentType, ...action.headers });
    this.#http.end(action.body);
    return 'ended';
  }

  async #drop(): Promise<Ending> {
    await this.#flush();
    this.#http.destroy();
    return 'ended';
  }

  #end(lastEvent: string): Ending {
    this.#http.end(this.#buffer + lastEvent);
    return 'ended';
  }

  async #text(action: ModelAction & { type: 'text' }): Promise<void> {
    const index = this.#outputIndex++;
    const id = `msg_${this.#identity.number}_${index}`;
    this.#buffer += itemAdded(index, messageItem(id, undefined, action.phase));
    for (const [position, delta] of cutIntoDeltas(action.text, action.deltas ?? 1).entries()) {
      if (action.gapMs !== undefined && position > 0) await this.#pause(action.gapMs);
      if (action.hold?.afterDeltas === position) await this.#hold(action.hold.gate);
      this.#buffer += textDelta(index, id, delta);
    }
    this.#buffer += itemDone(index, messageItem(id, action.text, action.phase));
  }

  async #hold(gate: string): Promise<void> {
    await this.#flush();
    await this.#identity.gate(gate).pass(this.#gone);
  }

  async #pause(gapMs: number): Promise<void> {
    await this.#flush();
    await delay(gapMs, undefined, { signal: this.#left.signal, ref: false }).catch(() => undefined);
  }

  async #stream(deltas: number, size: number): Promise<void> {
    const index = this.#outputIndex++;
    const id = `msg_${this.#identity.number}_${index}`;
    this.#buffer += itemAdded(index, messageItem(id, undefined, undefined));
    const delta = textDelta(index, id, 'x'.repeat(size));
    for (let sent = 0; sent < deltas; sent++) {
      this.#buffer += delta;
      if (this.#buffer.length < gatheredLengthMax) continue;
      await this.#flush();
      if (this.#left.signal.aborted) return;
    }
    this.#buffer += itemDone(index, messageItem(id, 'x'.repeat(size * deltas), undefined));
  }
}

/** Once a response has begun its status is sent, so a status can follow only what leaves no trace. */
function refuseMisplaced(response: ModelResponse): void {
  const lastStatus = response.findLastIndex((action) => action.type === 'http');
  const before = response.slice(0, Math.max(lastStatus, 0));
  const offender = before.find(({ type }) => type !== 'http' && type !== 'drop' && type !== 'hold');
  if (offender === undefined) return;
  throw new Error(`httpError() must come first in a response, not after ${offender.type}`);
}
