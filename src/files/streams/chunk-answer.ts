import { parseWireMessage, type WireMessage } from '../../protocol/wire-message.ts';

/** Shorter messages cost `JSON.parse` nothing worth sparing. */
const lengthMin = 4_096;

/** How an answer with a chunk begins, as both servers spell it. */
const opening = /^\{"id":(0|[1-9]\d{0,14}),"result":\{"(chunk|dataBase64)":"/;

/** How it ends behind the chunk. */
const ending = /^","eof":(true|false)\}\}$/;

/** Longer than any opening, and than any ending. */
const marginLength = 64;

/**
 * Reads a message of a file server as `parseWireMessage` does. One that carries a chunk, in the usual spelling, is taken apart at its quotes:
 * `JSON.parse` would look at every character of the chunk, and copy it. Never throws.
 */
export function parseFileMessage(text: string): WireMessage {
  return (text.length < lengthMin ? undefined : chunkAnswerIn(text)) ?? parseWireMessage(text);
}

function chunkAnswerIn(text: string): WireMessage | undefined {
  const [before, id, member] = opening.exec(text.slice(0, marginLength)) ?? [];
  if (before === undefined || member === undefined) return undefined;
  const end = text.indexOf('"', before.length);
  if (end === -1 || text.length - end > marginLength) return undefined;
  const [, eof] = ending.exec(text.slice(end)) ?? [];
  const chunk = text.slice(before.length, end);
  // Escaped characters are for JSON.parse.
  if (eof === undefined || chunk.includes('\\')) return undefined;
  return { kind: 'response', id: Number(id), result: { [member]: chunk, eof: eof === 'true' } };
}
