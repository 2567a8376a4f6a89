import { ProtocolError } from '../../protocol/errors/port-errors.ts';

/** Bytes as base64 text. */
export function base64Of(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

/** How many bytes base64 text stands for. */
export function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

/**
 * Decodes at most `bytesMax` bytes, into `into` where it is given.
 *
 * @throws ProtocolError when the text is no base64: Node itself would pass over what it does not know, and data would be lost.
 */
export function bytesOfBase64(
  method: string,
  text: unknown,
  bytesMax: number,
  into?: Uint8Array,
): Uint8Array {
  if (typeof text !== 'string') throw new ProtocolError(method, 'the data is no text');
  const expected = base64Bytes(text);
  if (into === undefined) {
    const decoded = Buffer.from(text, 'base64');
    if (decoded.byteLength === expected) return decoded.subarray(0, bytesMax);
  } else {
    const target = Buffer.from(into.buffer, into.byteOffset, Math.min(bytesMax, into.byteLength));
    const wanted = Math.min(expected, target.byteLength);
    if (Number.isInteger(expected) && decodeInto(target, text, wanted) === wanted)
      return into.subarray(0, wanted);
  }
  throw new ProtocolError(method, 'the data is no base64');
}

/** Node decodes fast only what fits whole, so of a text that holds more, the last group is decoded by itself. Returns the bytes written. */
function decodeInto(target: Buffer, text: string, wanted: number): number {
  if (base64Bytes(text) === wanted) return target.write(text, 0, wanted, 'base64');
  const groups = Math.floor(wanted / 3);
  const head = target.write(text.slice(0, groups * 4), 0, groups * 3, 'base64');
  const last = Buffer.from(text.slice(groups * 4, groups * 4 + 4), 'base64');
  return head + last.copy(target, groups * 3, 0, wanted - groups * 3);
}
