import { UnusableResultError } from './unusable-result.ts';

/**
 * A picture or a recording within its own address, as Codex takes it.
 *
 * @throws UnusableResultError for what is none.
 */
export function dataUrl(kind: 'image' | 'audio', mimeType: unknown, data: unknown): string {
  if (
    typeof mimeType !== 'string' ||
    !/^\w+\/[a-z0-9.+-]+$/.test(mimeType) ||
    !mimeType.startsWith(`${kind}/`)
  )
    throw new UnusableResultError(`it returned a part of type ${kind} whose mimeType is not ${kind}/…`);
  return `data:${mimeType};base64,${base64(kind, data)}`;
}

function base64(kind: string, data: unknown): string {
  if (data instanceof Uint8Array)
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
  if (typeof data === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(data)) return data;
  throw new UnusableResultError(`it returned a part of type ${kind} whose data is neither bytes nor base64`);
}
