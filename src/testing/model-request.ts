import type { IncomingHttpHeaders } from 'node:http';
import {
  isRecord,
  parseRequestBody,
  type RequestFacts,
  readConversation,
  type ToolOutput,
} from './response-request-body.ts';

/** A request body as parsed JSON. */
export type RequestBody = ReturnType<typeof parseRequestBody>;

/**
 * One request that the scripted model received. The body is parsed when first asked about, so that a load test pays only for
 * what its script reads. Until it is answered the parsed form is kept; afterwards it is parsed anew each time, so that a long log stays small.
 */
export class ModelRequest {
  /** Counts the requests of this model server from 1. */
  readonly number: number;
  /** The Codex thread that asks; empty when the client sent no `thread-id` header. */
  readonly threadId: string;
  /** Headers as received; the value of `authorization` is replaced. */
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** Bytes of the body. */
  readonly size: number;
  readonly #raw: Buffer;
  readonly #authorization: string | undefined;
  #answered = false;
  #body: RequestBody | undefined;
  #facts: RequestFacts | undefined;

  constructor(number: number, headers: IncomingHttpHeaders, raw: Buffer) {
    const { authorization, ...rest } = headers;
    const threadId = headers['thread-id'];
    this.number = number;
    this.threadId = typeof threadId === 'string' ? threadId : '';
    this.headers = authorization === undefined ? rest : { ...rest, authorization: '[redacted]' };
    this.size = raw.length;
    this.#authorization = authorization;
    this.#raw = raw;
  }

  /** The whole body, parsed. Throws when it was no Responses API request. */
  get body(): RequestBody {
    const body = this.#body ?? parseRequestBody(this.#raw);
    if (!this.#answered) this.#body = body;
    return body;
  }

  /** The turn that asks, from `x-codex-turn-metadata`; empty without it. Retries of one turn share it, a second submission does not. */
  get turnId(): string {
    return this.#metadata('turn_id');
  }

  /** What the request is for, in Codex's words: `turn`, `compaction`, …; empty when the client does not say. */
  get kind(): string {
    return this.#metadata('request_kind');
  }

  /** The last thing the user said: what this request wants answered. */
  get prompt(): string {
    return this.#conversation.prompt;
  }

  /** All that the user said in the thread so far, without the context that Codex adds. */
  get userMessages(): readonly string[] {
    return this.#conversation.userMessages;
  }

  /** What the tool calls since the prompt gave back. */
  get toolOutputs(): readonly ToolOutput[] {
    return this.#conversation.toolOutputs;
  }

  /** How many responses of the model came since the prompt: 0 at the first request of a turn. */
  get step(): number {
    return this.#conversation.step;
  }

  /** Whether the body's JSON holds this text in one of its strings; costs no parse. */
  mentions(text: string): boolean {
    return this.#raw.includes(JSON.stringify(text).slice(1, -1));
  }

  /** Whether the request was authorized with this bearer token; the token itself is not shown. */
  carriesToken(token: string): boolean {
    return this.#authorization === `Bearer ${token}`;
  }

  /** Called by the model when the response is done: drops what was parsed. */
  answered(): void {
    this.#answered = true;
    this.#body = undefined;
    this.#facts = undefined;
  }

  #metadata(field: string): string {
    const header = this.headers['x-codex-turn-metadata'];
    if (typeof header !== 'string') return '';
    const metadata: unknown = JSON.parse(header);
    return isRecord(metadata) && typeof metadata[field] === 'string' ? metadata[field] : '';
  }

  get #conversation(): RequestFacts {
    const facts = this.#facts ?? readConversation(this.body.input);
    if (!this.#answered) this.#facts = facts;
    return facts;
  }
}
