import type {
  JSONRPCMessage,
  StreamableHTTPClientTransport,
  TransportSendOptions,
} from '@modelcontextprotocol/client';
import type { Clock, TimerHandle } from '../../supervisor/clock.ts';
import { HttpRefusal, refusalOf } from './http-refusal.ts';
import type { McpClientPackage } from './mcp-client-package.ts';
import type { McpHttpServer } from './mcp-server-options.ts';
import { BrokenExchangeError, unreferencedFetch } from './unreferenced-fetch.ts';

/** How often a stream of notifications that broke off is opened again before the server counts as lost. */
export const mcpStreamRetriesMax = 3;
/** Milliseconds before the first of these tries; the later ones double it. */
export const mcpStreamRetryDelayMs = 500;
/** Milliseconds that a server has to forget its session when the connection is released. */
export const mcpSessionEndTimeoutMs = 1_000;

/** The client's own HTTP transport, of which the end can be seen. */
export type HttpServerTransport = StreamableHTTPClientTransport & {
  readonly stderrTail: string;
  kill(): void;
};

/**
 * The way to a server over HTTP. Each request is a POST of its own, so that nothing says by itself that a server is gone: a request
 * that cannot be made, an answer that breaks off, a stream that cannot be opened again, a session that the server does not know and
 * headers that it does not take are told as `lost`. Any other refusal concerns the one request, which rejects with `HttpRefusal`.
 */
export function httpServerTransport(
  sdk: McpClientPackage,
  { url, headers }: McpHttpServer,
  clock: Clock,
  lost: (error: Error) => void,
): HttpServerTransport {
  const transport = new sdk.StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { ...headers } },
    fetch: exchange,
    // How often is decided by the scheduler, which can tell of it.
    reconnectionOptions: { ...retryDelays, maxRetries: Number.POSITIVE_INFINITY },
    reconnectionScheduler: (reconnect, delayMs, attempt) => {
      if (attempt >= mcpStreamRetriesMax) {
        lost(new Error('its stream of notifications broke off'));
        return undefined;
      }
      const timer = clock.setTimer(delayMs, reconnect);
      return () => clock.cancelTimer(timer);
    },
  });
  const { close, send, start } = transport;
  const unanswered = new Set<unknown>();
  return Object.assign(transport, {
    stderrTail: '',
    start: () => {
      // The client has put its own reader there just before.
      const deliver = transport.onmessage;
      transport.onmessage = (message: JSONRPCMessage) => {
        if (!('method' in message)) unanswered.delete(message.id);
        deliver?.(message);
      };
      return start.call(transport);
    },
    send: async (message: JSONRPCMessage, options?: TransportSendOptions) => {
      const id = 'method' in message && 'id' in message ? message.id : undefined;
      if (id !== undefined) unanswered.add(id);
      const onRequestStreamEnd = () => {
        if (unanswered.delete(id)) lost(new Error('its answer broke off'));
      };
      try {
        await send.call(transport, message, { ...options, onRequestStreamEnd });
      } catch (error) {
        unanswered.delete(id);
        const isWithdrawn = options?.requestSignal?.aborted === true;
        if (!isWithdrawn && endsConnection(error, transport.sessionId)) lost(errorOf(error));
        throw error;
      }
    },
    close: async () => {
      await endSession(transport, clock);
      await close.call(transport);
    },
    kill: () => {
      close.call(transport).catch(() => undefined);
    },
  });
}

/** A refused message is told with all that the server says of it; the client would leave out how long to wait. */
async function exchange(url: string | URL, init?: RequestInit): Promise<Response> {
  const answer = await unreferencedFetch(url, init);
  const refusal = init?.method === 'POST' ? await refusalOf(answer) : undefined;
  if (refusal !== undefined) throw refusal;
  return answer;
}

/** Whether no other request will fare better than the one that failed so. */
function endsConnection(error: unknown, sessionId: string | undefined): boolean {
  if (!(error instanceof HttpRefusal)) return error instanceof BrokenExchangeError;
  const { status } = error;
  return status === 401 || status === 403 || (status === 404 && sessionId !== undefined);
}

const retryDelays = {
  initialReconnectionDelay: mcpStreamRetryDelayMs,
  maxReconnectionDelay: mcpStreamRetryDelayMs * 2 ** mcpStreamRetriesMax,
  reconnectionDelayGrowFactor: 2,
};

/** Says good-bye, so that the server need not keep the session. One that does not answer in time is left. */
async function endSession(transport: StreamableHTTPClientTransport, clock: Clock): Promise<void> {
  let timer: TimerHandle | null = null;
  const late = new Promise<void>((resolve) => {
    timer = clock.setTimer(mcpSessionEndTimeoutMs, resolve);
  });
  await Promise.race([transport.terminateSession().catch(() => undefined), late]);
  if (timer !== null) clock.cancelTimer(timer);
}

function errorOf(error: unknown): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause : new Error(String(cause));
}
