import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Gate } from './gate.ts';
import { readBody, refuse } from './http-exchange.ts';
import { ModelRequest } from './model-request.ts';
import { defaultRequestLogLimits, ModelRequestLog, type RequestLogLimits } from './model-request-log.ts';
import { parsePromptScript, promptScriptMark, responseDue } from './prompt-script.ts';
import { checkResponse } from './response-check.ts';
import { ResponseWriter } from './response-writer.ts';
import { type ModelResponse, text } from './script.ts';

/** Decides the response to a request; undefined leaves it to the script in the prompt, or else to the default answer. */
export type ModelScript = (
  request: ModelRequest,
) => ModelResponse | undefined | Promise<ModelResponse | undefined>;

/** How a scripted model answers by itself, and how much it takes and keeps. */
export interface ScriptedModelOptions extends Partial<RequestLogLimits> {
  /** What is said when nothing else is scripted. Default: the text `ok`. */
  readonly defaultResponse?: ModelResponse;
  /** The largest request body taken, in bytes; a larger one gets HTTP 413. Default 256 MiB. */
  readonly requestBytesMax?: number;
}

const requestBytesMaxDefault = 256 * 1024 * 1024;
const gatesMax = 10_000;
const queuedResponsesMax = 10_000;

/**
 * A model that says what a test tells it to: a Responses API server on loopback, for the real `codex` binary to talk to.
 *
 * What it answers is decided in this order: the queue (`enqueue`), the script function (`script`), the script in the prompt
 * (`promptScript`), the default. It adds no latency, records every request, and waits only where a gate holds it.
 *
 * @example
 * await using model = await ScriptedModel.start();
 * await using home = await createCodexHome({ model });
 * model.script(({ step }) => (step === 0 ? [command('ls')] : [text('done')]));
 */
export class ScriptedModel implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: Required<Pick<ScriptedModelOptions, 'defaultResponse' | 'requestBytesMax'>>;
  readonly #log: ModelRequestLog;
  readonly #queue: ModelResponse[] = [];
  readonly #gates = new Map<string, Gate>();
  #script: ModelScript | undefined;
  #received = 0;
  #unnamedGates = 0;
  #url = '';

  private constructor(options: ScriptedModelOptions) {
    this.#options = {
      defaultResponse: options.defaultResponse ?? [text('ok')],
      requestBytesMax: options.requestBytesMax ?? requestBytesMaxDefault,
    };
    this.#log = new ModelRequestLog({ ...defaultRequestLogLimits, ...options });
    this.#server = createServer({ keepAlive: true, noDelay: true }, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
  }

  /**
   * Starts a server on a free port of 127.0.0.1.
   *
   * Rejects with `InvalidOptionError` for a `defaultResponse` that is no list of actions.
   */
  static async start(options: ScriptedModelOptions = {}): Promise<ScriptedModel> {
    if (options.defaultResponse !== undefined) checkResponse('defaultResponse', options.defaultResponse);
    const model = new ScriptedModel(options);
    const server = model.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the model server got no port');
    model.#url = `http://127.0.0.1:${address.port}/v1`;
    return model;
  }

  /** The provider's base URL, with `/v1`. */
  get url(): string {
    return this.#url;
  }

  /** Every request kept, in order of arrival. */
  get requests(): readonly ModelRequest[] {
    return this.#log.all;
  }

  /** How many requests the full log has dropped. */
  get requestsDropped(): number {
    return this.#log.dropped;
  }

  /** Lets a function decide the responses from now on; undefined removes it. What it throws is answered with HTTP 400. */
  script(decide: ModelScript | undefined): this {
    this.#script = decide;
    return this;
  }

  /**
   * Adds responses to the queue; each answers one request, whoever asks.
   *
   * @throws RangeError past 10,000; InvalidOptionError for a response that is no list of actions. Then none is added.
   */
  enqueue(...responses: readonly ModelResponse[]): this {
    for (const [index, response] of responses.entries()) checkResponse(`responses[${index}]`, response);
    if (this.#queue.length + responses.length > queuedResponsesMax) {
      throw new RangeError(`at most ${queuedResponsesMax} responses can be queued`);
    }
    this.#queue.push(...responses);
    return this;
  }

  /** A new gate with a name of its own. */
  hold(): Gate {
    return this.gate(`unnamed-${++this.#unnamedGates}`);
  }

  /** The gate of that name, made when first asked for. Throws a RangeError past 10,000 gates. */
  gate(name: string): Gate {
    const known = this.#gates.get(name);
    if (known !== undefined) return known;
    if (this.#gates.size >= gatesMax) throw new RangeError(`at most ${gatesMax} gates in one model`);
    const gate = new Gate(name);
    this.#gates.set(name, gate);
    return gate;
  }

  /** The requests of one Codex thread, in order. */
  requestsOf(threadId: string): ModelRequest[] {
    return this.#log.all.filter((request) => request.threadId === threadId);
  }

  /**
   * The requests that opened a turn whose prompt holds this text: those without a model response after the prompt. One means
   * the prompt was submitted once; a provider's retry or a second submission makes it two.
   */
  submissionsOf(promptText: string): ModelRequest[] {
    return this.#log.all.filter(
      (request) => request.mentions(promptText) && request.step === 0 && request.prompt.includes(promptText),
    );
  }

  /** The first recorded request that matches, else the next to come. Rejects when the model closes, or with the signal's reason. */
  waitForRequest(
    matches: (request: ModelRequest) => boolean = () => true,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<ModelRequest> {
    return this.#log.waitFor(matches, options.signal);
  }

  /** Forgets the recorded requests. */
  forgetRequests(): void {
    this.#log.clear();
  }

  /** Cuts all connections, frees all who wait, and resolves when the port is free. Closing twice is fine. */
  async close(): Promise<void> {
    this.#log.close();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    for (const gate of this.#gates.values()) gate.close();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(incoming: IncomingMessage, http: ServerResponse): Promise<void> {
    http.on('error', () => undefined);
    try {
      const raw = await readBody(incoming, this.#options.requestBytesMax);
      if (raw === undefined) return refuse(http, 413, 'the request body is larger than requestBytesMax');
      const isResponses = incoming.url?.split('?')[0] === '/v1/responses';
      // With its built-in provider Codex first asks for a WebSocket. At this status it goes on by HTTP; at others it asks for seconds.
      if (isResponses && incoming.method === 'GET')
        return refuse(http, 426, 'the scripted model has no WebSocket');
      if (incoming.method !== 'POST' || !isResponses) {
        return refuse(http, 404, `the scripted model has no ${incoming.method} ${incoming.url}`);
      }
      await this.#answer(new ModelRequest(++this.#received, incoming.headers, raw), http);
    } catch (error) {
      if (incoming.destroyed && !incoming.complete) return;
      // Of the refusals, Codex shows its user the body of a 400 alone.
      refuse(http, 400, `the script failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #answer(request: ModelRequest, http: ServerResponse): Promise<void> {
    this.#log.add(request);
    try {
      const response = this.#queue.shift() ?? (await this.#scripted(request)) ?? this.#fromPrompt(request);
      const writer = new ResponseWriter(http, {
        number: request.number,
        attempt: () => this.#log.attemptOf(request),
        gate: (name) => this.gate(name),
      });
      await writer.perform(response);
    } finally {
      request.answered();
    }
  }

  async #scripted(request: ModelRequest): Promise<ModelResponse | undefined> {
    const response = await this.#script?.(request);
    if (response !== undefined) checkResponse('script', response);
    return response;
  }

  #fromPrompt(request: ModelRequest): ModelResponse {
    const script = request.mentions(promptScriptMark) ? parsePromptScript(request.prompt) : undefined;
    return script === undefined
      ? this.#options.defaultResponse
      : responseDue(script, request.toolOutputs.length);
  }
}
