import type { ReviewTarget } from './operation-checks.ts';
import { isRecord } from './unread.ts';

/** What a turn is for that is not the answer to a message: Codex has methods of their own for these. */
export type TurnTask =
  | { readonly kind: 'compact' }
  | { readonly kind: 'review'; readonly target: ReviewTarget };

/**
 * The id of the turn that begins with this notification; undefined when none does.
 *
 * A turn begins with `turn/started`, but a review with its `enteredReviewMode` item: the `turn/started` that follows it names a turn
 * that nothing else ever names.
 */
export function turnIdBegunBy(
  task: TurnTask | undefined,
  method: string,
  params: Readonly<Record<string, unknown>>,
): string | undefined {
  const { item, turn, turnId } = params;
  if (task?.kind === 'review') {
    const begins = method === 'item/started' && isRecord(item) && item.type === 'enteredReviewMode';
    return begins && typeof turnId === 'string' ? turnId : undefined;
  }
  return method === 'turn/started' && isRecord(turn) && typeof turn.id === 'string' ? turn.id : undefined;
}

/** Whether a turn with this item is one of the task: they have no message of the user's to be known by. */
export function isItemOfTask(task: TurnTask, itemType: string): boolean {
  return itemType === (task.kind === 'compact' ? 'contextCompaction' : 'enteredReviewMode');
}
