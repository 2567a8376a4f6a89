import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';

/** Statuses whose answers have no body. */
const bodiless = new Set([101, 204, 205, 304]);

/**
 * `fetch` for HTTP servers whose streams stay open for hours: its sockets keep no event loop alive, while those of Node's own do. Takes
 * a text as its body, follows no redirects, and leaves answers as they come.
 */
export function unreferencedFetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
  const { method = 'GET', body, signal } = init;
  const headers = Object.fromEntries(new Headers(init.headers));
  const target = new URL(url);
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(target, { method, headers, ...(signal ? { signal } : {}) }, (answer) =>
      resolve(responseOf(answer)),
    );
    request.on('socket', (socket) => socket.unref());
    request.on('error', reject);
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
  return new Response(Readable.toWeb(answer), { status, statusText, headers });
}
