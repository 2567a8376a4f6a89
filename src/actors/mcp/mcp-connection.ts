import type { Client, Transport } from '@modelcontextprotocol/client';
import { McpServerError, type McpStep } from '../../protocol/errors/mcp-errors.ts';
import { lastWords } from '../../protocol/errors/port-errors.ts';
import { redact } from '../../protocol/errors/redaction.ts';
import { type ServerSecrets, secretsOfServers } from '../../protocol/mcp-server-config.ts';
import type { Clock } from '../../supervisor/clock.ts';
import { timeoutMsMax } from '../../supervisor/system-clock.ts';
import { ownClientInfo } from '../exec-port/port-options.ts';
import { HttpRefusal } from './http-refusal.ts';
import { type HttpServerTransport, httpServerTransport } from './http-server-transport.ts';
import { loadMcpClient } from './mcp-client-package.ts';
import { isStdio, type McpServerOptions } from './mcp-server-options.ts';
import { readToolList, type ToolList } from './mcp-tool-list.ts';
import { StdioServerProcess } from './stdio-server-process.ts';

/** What a server asks in the middle of a call. */
export interface Elicitation {
  readonly message: string;
  readonly mode: 'form' | 'url';
  /** JSON Schema of what is wanted; null in mode `url`. */
  readonly requestedSchema: unknown;
  readonly url: string | null;
}

/** What it is answered. */
export type ElicitationAnswer =
  | { readonly action: 'accept'; readonly content?: Readonly<Record<string, unknown>> }
  | { readonly action: 'decline' | 'cancel' };

/** What a connection tells of. */
export interface McpConnectionListener {
  /** It has ended, and was not asked to. At most once. */
  lost(error: Error): void;
  toolsChanged(): void;
  /** The server asks the user. Must be answered at some time. */
  elicited(elicitation: Elicitation): Promise<ElicitationAnswer>;
}

/** One call of a server's tool. */
export interface McpCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  progress(message: string): void;
}

/** Whose connection it is, and where to. */
export interface McpConnectionOptions {
  readonly name: string;
  readonly server: McpServerOptions;
  readonly clock: Clock;
}

/** A way to a server of which the end can be seen. */
type ServerTransport = StdioServerProcess | HttpServerTransport;

/**
 * One connection to an MCP server: from its process, or its first request, to the end of both. Nothing here waits by a clock of its
 * own: who opens, lists or calls sets the deadline, by `release` or by the signal.
 */
export class McpConnection {
  readonly #options: McpConnectionOptions;
  readonly #listener: McpConnectionListener;
  readonly #released = new AbortController();
  #client: Client | null = null;
  #transport: ServerTransport | null = null;
  #lost: Error | null = null;

  constructor(options: McpConnectionOptions, listener: McpConnectionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** Why it ended by itself, redacted; null while it has not. */
  get lost(): McpServerError | null {
    return this.#lost === null ? null : this.#error('connect', this.#lost);
  }

  /** Starts the process if it is one, and does the handshake. Rejects with `McpServerError`. */
  async open(): Promise<void> {
    const { name, server, clock } = this.#options;
    const sdk = await loadMcpClient(name);
    if (this.#released.signal.aborted) throw this.#error('connect', new Error('it was closed'));
    const onLost = (error: Error) => this.#ended(error);
    const transport = isStdio(server)
      ? new StdioServerProcess(server, clock, sdk.deserializeMessage)
      : httpServerTransport(sdk, server, clock, onLost);
    this.#transport = transport;
    const { name: ownName, version } = ownClientInfo();
    this.#client = new sdk.Client(
      { name: ownName, version },
      { capabilities: { elicitation: { form: {}, url: {} } } },
    );
    this.#listen(this.#client);
    try {
      await this.#client.connect(transport as Transport, { timeout: timeoutMsMax });
    } catch (error) {
      throw this.#error('connect', this.#lost ?? error);
    }
  }

  /** Reads the list of its tools. Rejects with `McpServerError`. */
  async list(): Promise<ToolList> {
    const { signal } = this.#released;
    const client = this.#open();
    if (client.getServerCapabilities()?.tools === undefined) return { tools: [], leftOut: 0, isCut: false };
    try {
      return await readToolList((cursor) =>
        client.request(
          { method: 'tools/list', params: cursor === undefined ? {} : { cursor } },
          { timeout: timeoutMsMax, signal },
        ),
      );
    } catch (error) {
      throw this.#error('list', this.#lost ?? error);
    }
  }

  /** Calls a tool. Rejects with `McpServerError`; `lost` tells whether the connection ended meanwhile. */
  async call({ tool, args, signal, progress }: McpCall): Promise<unknown> {
    const client = this.#open();
    try {
      return await client.request(
        { method: 'tools/call', params: { name: tool, arguments: args } },
        {
          timeout: timeoutMsMax,
          signal,
          onprogress: ({ progress: done, total, message }) => progress(progressText(done, total, message)),
        },
      );
    } catch (error) {
      // What the server said of this call; the end of the connection says nothing of it, even where another call was refused so.
      if (error instanceof HttpRefusal) throw this.#error('call', error);
      throw this.#error('call', this.#lost === null ? error : new Error(this.#lost.message));
    }
  }

  /** Ends it in order. Resolves once no process and no request is left; never rejects. */
  async release(): Promise<void> {
    this.#released.abort();
    const transport = this.#transport;
    if (transport === null) return;
    try {
      // Before the client forgets it: open requests are rejected by its end.
      await transport.close();
      await this.#client?.close();
    } catch {
      // What is left of it is gone either way.
    }
  }

  /** Ends it at once. */
  kill(): void {
    this.#released.abort();
    this.#transport?.kill();
  }

  #open(): Client {
    const client = this.#client;
    if (client === null || this.#lost !== null || this.#released.signal.aborted)
      throw this.#error('connect', this.#lost ?? new Error('it is not connected'));
    return client;
  }

  #listen(client: Client): void {
    client.onclose = () => this.#ended(new Error(this.#endText()));
    client.setNotificationHandler('notifications/tools/list_changed', () => this.#listener.toolsChanged());
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      const isUrl = params.mode === 'url';
      const answer = await this.#listener.elicited({
        message: params.message,
        mode: isUrl ? 'url' : 'form',
        requestedSchema: isUrl ? null : params.requestedSchema,
        url: isUrl ? params.url : null,
      });
      return answer.action === 'accept' && answer.content !== undefined
        ? { action: 'accept', content: contentOf(answer.content) }
        : { action: answer.action };
    });
  }

  #endText(): string {
    const transport = this.#transport;
    const exit = transport instanceof StdioServerProcess ? transport.exit : null;
    if (exit === null) return 'the connection was closed';
    const how = `its process ended (${exit.signal ?? `code ${exit.exitCode}`})`;
    const words = exit.signal === null ? lastWords(transport?.stderrTail ?? '') : '';
    return words === '' ? how : `${how}.${words}`;
  }

  #ended(error: Error): void {
    if (this.#lost !== null || this.#released.signal.aborted) return;
    this.#lost = error;
    this.#listener.lost(this.#error('connect', error));
  }

  #error(step: McpStep, cause: unknown): McpServerError {
    if (McpServerError.isInstance(cause)) return cause;
    const { name, server } = this.#options;
    const secrets: ServerSecrets = server;
    const hidden = secretsOfServers([secrets]);
    const stderrTail = redact(this.#transport?.stderrTail ?? '', hidden);
    const problem = redact(cause instanceof Error ? cause.message : String(cause), hidden);
    const refusal = cause instanceof HttpRefusal ? cause : null;
    const isInDoubt = step === 'call' && refusal !== null && refusal.status >= 500;
    return new McpServerError(
      {
        server: name,
        step,
        stderrTail,
        httpStatusCode: refusal?.status ?? null,
        retryAfterMs: refusal?.retryAfterMs,
      },
      `${problem.slice(0, problemCharsMax)}${isInDoubt ? callInDoubt : ''}`,
    );
  }
}

/** Said of a call that its server has failed in, to the model too. */
const callInDoubt = '. The call may have done its work: look before you call it again';

/** Characters of what a server says of an error. */
const problemCharsMax = 2_000;

function progressText(done: number, total: number | undefined, message: string | undefined): string {
  const share = total === undefined ? `${done}` : `${done} of ${total}`;
  return message === undefined ? share : `${share}: ${message}`;
}

type FormContent = Record<string, string | number | boolean | string[]>;

/** What a form may hold; other values are left out. */
function contentOf(content: Readonly<Record<string, unknown>>): FormContent {
  const read: FormContent = {};
  for (const [key, value] of Object.entries(content)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      read[key] = value;
    else if (Array.isArray(value) && value.every((one) => typeof one === 'string')) read[key] = value;
  }
  return read;
}
