import type { DynamicToolCallOutputContentItem, DynamicToolCallResponse } from '../../protocol/app-server.ts';
import { isRecord } from '../../protocol/unread.ts';
import { attachmentItem } from './attachment-result.ts';
import { dataUrl } from './data-url.ts';
import { UnusableResultError } from './unusable-result.ts';

/** Parts of one result. */
export const resultPartsMax = 100;
/** Characters of all parts of one result together, pictures as base64. Of text the model sees some 48,000 anyway. */
export const resultCharsMax = 8_388_608;
/** Characters that the model is told of an error. */
export const failureCharsMax = 2_000;

/**
 * A tool's result in the form of `item/tool/call`.
 *
 * Rejects with `UnusableResultError` for what JSON cannot carry, a picture that is none, or too much of it.
 */
export async function toolResponse(result: unknown): Promise<DynamicToolCallResponse> {
  const parts = partsOf(result);
  if (parts.length > resultPartsMax)
    throw new UnusableResultError(`it returned ${parts.length} parts, and ${resultPartsMax} is the most`);
  const contentItems: DynamicToolCallOutputContentItem[] = [];
  let chars = 0;
  // One after the other: of what is too much, no more is read than shows it.
  for (const part of parts) {
    const item = await part();
    chars += sizeOf(item);
    if (chars > resultCharsMax)
      throw new UnusableResultError(
        `it returned ${chars} characters or more, and ${resultCharsMax} is the most; ask it for less`,
      );
    contentItems.push(item);
  }
  return { contentItems, success: true };
}

/** What the model is told of a call that failed: a text that it can act on. */
export function failureResponse(text: string): DynamicToolCallResponse {
  const shown = text.length <= failureCharsMax ? text : `${text.slice(0, failureCharsMax - 1)}…`;
  return { contentItems: [{ type: 'inputText', text: shown }], success: false };
}

type Part = () => DynamicToolCallOutputContentItem | Promise<DynamicToolCallOutputContentItem>;

function partsOf(result: unknown): readonly Part[] {
  if (typeof result === 'string') return [() => ({ type: 'inputText', text: result })];
  if (result === undefined || result === null) return [() => ({ type: 'inputText', text: 'Done.' })];
  if (!isRecord(result) || !Array.isArray(result.content)) return [() => jsonItem(result)];
  const parts = result.content.map(
    (part: unknown): Part =>
      () =>
        partItem(part),
  );
  return result.structured === undefined ? parts : [...parts, () => jsonItem(result.structured)];
}

async function partItem(part: unknown): Promise<DynamicToolCallOutputContentItem> {
  if (isRecord(part)) {
    const { type, text, mimeType, data, attachment } = part;
    if (type === 'text' && typeof text === 'string') return { type: 'inputText', text };
    if (type === 'image') return { type: 'inputImage', imageUrl: dataUrl('image', mimeType, data) };
    if (type === 'audio') return { type: 'inputAudio', audioUrl: dataUrl('audio', mimeType, data) };
    if (type === 'attachment') return attachmentItem(attachment);
  }
  throw new UnusableResultError(
    "it returned a part that is none of { type: 'text' }, 'image', 'audio' and 'attachment'",
  );
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
