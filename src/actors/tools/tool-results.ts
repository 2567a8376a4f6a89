import type { DynamicToolCallOutputContentItem, DynamicToolCallResponse } from '../../protocol/app-server.ts';
import { isRecord } from '../../protocol/unread.ts';

/** Parts of one result. */
export const resultPartsMax = 100;
/** Characters of all parts of one result together, pictures as base64. Of text the model sees some 48,000 anyway. */
export const resultCharsMax = 8_388_608;
/** Characters that the model is told of an error. */
export const failureCharsMax = 2_000;

/** A result that cannot be sent; its message is for the model and for the tool's author. */
export class UnusableResultError extends Error {}

/**
 * A tool's result in the form of `item/tool/call`.
 *
 * @throws UnusableResultError for what JSON cannot carry, a picture that is none, or too much of it.
 */
export function toolResponse(result: unknown): DynamicToolCallResponse {
  const contentItems = itemsOf(result);
  if (contentItems.length > resultPartsMax)
    throw new UnusableResultError(
      `it returned ${contentItems.length} parts, and ${resultPartsMax} is the most`,
    );
  const chars = contentItems.reduce((sum, item) => sum + sizeOf(item), 0);
  if (chars > resultCharsMax)
    throw new UnusableResultError(
      `it returned ${chars} characters, and ${resultCharsMax} is the most; ask it for less`,
    );
  return { contentItems, success: true };
}

/** What the model is told of a call that failed: a text that it can act on. */
export function failureResponse(text: string): DynamicToolCallResponse {
  const shown = text.length <= failureCharsMax ? text : `${text.slice(0, failureCharsMax - 1)}…`;
  return { contentItems: [{ type: 'inputText', text: shown }], success: false };
}

function itemsOf(result: unknown): DynamicToolCallOutputContentItem[] {
  if (typeof result === 'string') return [{ type: 'inputText', text: result }];
  if (result === undefined || result === null) return [{ type: 'inputText', text: 'Done.' }];
  if (!isRecord(result) || !Array.isArray(result.content)) return [jsonItem(result)];
  const items = result.content.map(partItem);
  return result.structured === undefined ? items : [...items, jsonItem(result.structured)];
}

function partItem(part: unknown): DynamicToolCallOutputContentItem {
  if (isRecord(part) && part.type === 'text' && typeof part.text === 'string')
    return { type: 'inputText', text: part.text };
  if (isRecord(part) && part.type === 'image' && typeof part.mimeType === 'string')
    return { type: 'inputImage', imageUrl: `data:${mediaType(part.mimeType)};base64,${base64(part.data)}` };
  throw new UnusableResultError("it returned a part that is neither { type: 'text' } nor { type: 'image' }");
}

function mediaType(type: string): string {
  if (/^image\/[a-z0-9.+-]+$/.test(type)) return type;
  throw new UnusableResultError('it returned a picture whose mimeType is not image/…');
}

function base64(data: unknown): string {
  if (data instanceof Uint8Array)
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
  if (typeof data === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(data)) return data;
  throw new UnusableResultError('it returned a picture whose data is neither bytes nor base64');
}

function jsonItem(value: unknown): DynamicToolCallOutputContentItem {
  const text = jsonText(value);
  if (text === undefined) throw new UnusableResultError('it returned a value that JSON cannot carry');
  return { type: 'inputText', text };
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new UnusableResultError('it returned a value that JSON cannot carry', { cause: error });
  }
}

function sizeOf(item: DynamicToolCallOutputContentItem): number {
  switch (item.type) {
    case 'inputText':
      return item.text.length;
    case 'inputImage':
      return item.imageUrl.length;
    case 'inputAudio':
      return item.audioUrl.length;
  }
}
