import type { Input, UserInput } from '../../protocol/user-input.ts';
import { stagedOf, type TurnAttachment } from './turn-attachments.ts';

/** Types that Codex reads as pictures; others, such as SVG, are files to it. */
const pictures = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** An input with attachments behind it: pictures and recordings as such, everything else as a mention of its path. */
export function withAttachments(input: Input, attachments: readonly TurnAttachment[]): Input {
  if (attachments.length === 0) return input;
  const parts: readonly UserInput[] = typeof input === 'string' ? [{ type: 'text', text: input }] : input;
  return [...parts, ...attachments.map(partOf)];
}

function partOf(attachment: TurnAttachment): UserInput {
  const { contentType, name, path } = stagedOf(attachment);
  if (pictures.has(contentType)) return { type: 'local_image', path };
  if (contentType.startsWith('audio/')) return { type: 'local_audio', path };
  return { type: 'mention', name, path };
}
