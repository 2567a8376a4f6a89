import { readFile } from 'node:fs/promises';
import type { DynamicToolCallOutputContentItem } from '../../protocol/app-server.ts';
import { isRecord } from '../../protocol/unread.ts';
import { dataUrl } from './data-url.ts';
import { UnusableResultError } from './unusable-result.ts';

/** Bytes of a staged picture or recording that is sent with a tool's result; of a larger one the path is told. */
export const attachedBytesMax = 4_194_304;
/** Bytes of a staged text that is sent with a tool's result; of a larger one the path is told. */
export const attachedTextBytesMax = 65_536;

/** Types that Codex reads as pictures. */
const pictures = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/**
 * A staged file as a part of a tool's result: what the protocol can carry, it carries; of anything else the model is told where it is.
 *
 * Rejects with `UnusableResultError` for what is no attachment, and for one whose file is gone.
 */
export async function attachmentItem(attachment: unknown): Promise<DynamicToolCallOutputContentItem> {
  if (!isRecord(attachment)) throw new UnusableResultError('it returned an attachment that is none');
  const { name, path, size, contentType } = attachment;
  if (
    typeof path !== 'string' ||
    typeof name !== 'string' ||
    typeof size !== 'number' ||
    typeof contentType !== 'string'
  )
    throw new UnusableResultError('it returned an attachment that files.stage has not made');
  if (pictures.has(contentType) && size <= attachedBytesMax)
    return { type: 'inputImage', imageUrl: dataUrl('image', contentType, await contentOf(name, path)) };
  if (contentType.startsWith('audio/') && size <= attachedBytesMax)
    return { type: 'inputAudio', audioUrl: dataUrl('audio', contentType, await contentOf(name, path)) };
  if (isText(contentType) && size <= attachedTextBytesMax)
    return { type: 'inputText', text: (await contentOf(name, path)).toString('utf8') };
  return { type: 'inputText', text: `The file ${name} (${contentType}, ${size} bytes) is at ${path}` };
}

function isText(contentType: string): boolean {
  return contentType.startsWith('text/') || contentType === 'application/json';
}

async function contentOf(name: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UnusableResultError(`its file ${name} is not there any more`, { cause: error });
  }
}
