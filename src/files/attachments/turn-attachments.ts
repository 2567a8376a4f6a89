import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { isRecord } from '../../protocol/unread.ts';
import type { Attachment } from './attachment.ts';
import type { TemporaryAttachment } from './temporary-attachment.ts';

/** What can be attached to a thread or a turn. */
export type TurnAttachment = Attachment | TemporaryAttachment;

/** Options of a thread or a turn that may have attachments. */
export interface WithAttachments {
  /** Staged files that the turn is given: images and audio as such, others as mentions of their path. They stay while the turn runs. */
  readonly attachments?: readonly TurnAttachment[];
}

/**
 * The options with attachments added at the end. One that is there already moves to the end. Changes nothing that it is given.
 *
 * @throws InvalidOptionError naming the one that is no attachment.
 * @example thread.run('What is wrong here?', attach({}, await codex.files.stage('screen.png')));
 */
export function attach<Options extends object & WithAttachments>(
  options: Options,
  ...attachments: readonly TurnAttachment[]
): Options & Required<WithAttachments> {
  if (!isRecord(options))
    throw new InvalidOptionError('options', options, 'the options of a thread or a turn');
  checkAttachments(attachments);
  const added = new Map<string, TurnAttachment>();
  for (const one of [...(options.attachments ?? []), ...attachments]) {
    added.delete(stagedOf(one).id);
    added.set(stagedOf(one).id, one);
  }
  return { ...options, attachments: [...added.values()] };
}

/** The staged file of either form. */
export function stagedOf(attachment: TurnAttachment): Attachment {
  return 'attachment' in attachment ? attachment.attachment : attachment;
}

/** How many attachments a thread or a turn may have. */
export const attachmentsMax = 1_000;

/**
 * Refuses what cannot be attached.
 *
 * @throws InvalidOptionError naming the one that is no attachment.
 */
export function checkAttachments(attachments: unknown): void {
  if (attachments === undefined) return;
  if (!Array.isArray(attachments) || attachments.length > attachmentsMax)
    throw new InvalidOptionError(
      'attachments',
      attachments,
      `an array of at most ${attachmentsMax} attachments`,
    );
  attachments.forEach((one: unknown, index) => {
    if (isStaged(one) || (isRecord(one) && isStaged(one.attachment))) return;
    throw new InvalidOptionError(
      `attachments[${index}]`,
      one,
      'what files.stage or files.temporary resolved to',
    );
  });
}

function isStaged(value: unknown): boolean {
  return isRecord(value) && typeof value.id === 'string' && typeof value.path === 'string';
}
