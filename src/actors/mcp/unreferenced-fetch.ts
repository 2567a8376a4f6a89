import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';

/** Bytes of one answer, or of one event in a stream of them; with one more the answer breaks off. */
export const mcpAnswerBytesMax = 67_108_864;

/** Statuses whose answers have no body. */
const bodiless = new Set([101, 204, 205, 304]);

/** A request could not be made, or its answer broke off. Its message is that of its cause. */
export class BrokenExchangeError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'BrokenExchangeError';
  }
}

/**
 * `fetch` for HTTP servers whose streams stay open for hours: its sockets keep no event loop alive, while those of Node's own do. Takes
 * a text as its body, follows no redirects, and leaves answers as they come, up to `mcpAnswerBytesMax`. Rejects with
 * `BrokenExchangeError`, and with the signal's reason; a body that breaks off fails with the former.
 */
export function unreferencedFetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
  const { method = 'GET', body, signal } = init;
  const headers = Object.fromEntries(new Headers(init.headers));
  const target = new URL(url);
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(target, { method, headers }, (answer) => resolve(responseOf(answer)));
    // Not by the option `signal`, which ends the socket with an error: between two requests it has nobody to hear of it.
    const abort = () => {
      request.destroy();
      reject(signal?.reason);
    };
    request.on('socket', (socket) => socket.unref());
    request.on('error', (error) => reject(new BrokenExchangeError(error)));
    request.on('close', () => signal?.removeEventListener('abort', abort));
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    request.end(typeof body === 'string' ? body : undefined);
  });
}

function responseOf(answer: IncomingMessage): Response {
  const { statusCode: status = 502, statusMessage: statusText = '' } = answer;
  const headers = new Headers();
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2)
    headers.append(answer.rawHeaders[index] ?? '', answer.rawHeaders[index + 1] ?? '');
  if (bodiless.has(status)) {
    answer.resume();
    return new Response(null, { status, statusText, headers });
  }
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const body = Readable.from(bounded(answer, isStream ? sinceLastEvent : sinceBegin), { objectMode: false });
  return new Response(Readable.toWeb(body), { status, statusText, headers });
}

/** Bytes that a reader has to hold after a chunk, when it held `held` before. */
type Holding = (held: number, chunk: Buffer) => number;

const sinceBegin: Holding = (held, chunk) => held + chunk.length;

/** An empty line ends an event. One that lies across two chunks is not seen, and the next one is. */
const sinceLastEvent: Holding = (held, chunk) => {
  const end = Math.max(chunk.lastIndexOf('\n\n'), chunk.lastIndexOf('\n\r\n'), chunk.lastIndexOf('\r\r'));
  return end === -1 ? held + chunk.length : chunk.length - end;
};

/** Whoever stops reading ends the answer. */
async function* bounded(answer: IncomingMessage, holding: Holding): AsyncGenerator<Buffer, void> {
  let held = 0;
  try {
    for await (const chunk of answer) {
      held = holding(held, chunk);
      if (held > mcpAnswerBytesMax) throw new Error(`its answer is longer than ${mcpAnswerBytesMax} bytes`);
      yield chunk;
    }
  } catch (error) {
    throw new BrokenExchangeError(error instanceof Error ? error : new Error(String(error)));
  }
}
