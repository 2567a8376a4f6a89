import type { IncomingMessage, ServerResponse } from 'node:http';

/** Reads a request's whole body; undefined when it is larger than `bytesMax`, in which case nothing of it is kept. */
export async function readBody(incoming: IncomingMessage, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size <= bytesMax) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > bytesMax) return undefined;
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

/** Refuses a request with a status and a message, or cuts the connection when an answer has already begun. */
export function refuse(http: ServerResponse, status: number, message: string): void {
  if (http.headersSent) {
    http.destroy();
    return;
  }
  http.writeHead(status, { 'content-type': 'application/json' });
  http.end(JSON.stringify({ error: { message } }));
}
