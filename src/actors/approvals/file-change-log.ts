import type { ApprovalFileChange } from '../../protocol/approvals/approval-request.ts';
import { arrayOrEmpty, isRecord, stringOr, stringOrNull } from '../../protocol/unread.ts';
import type { PortNotification } from '../exec-port/thread-route.ts';

/** File changes of one thread that have begun and not ended; beyond them the oldest is forgotten, and its approval has no diff. */
export const openFileChangesMax = 64;

/** Remembers what each file change is about: Codex tells it as the item starts, and asks for the approval without it. */
export class FileChangeLog {
  readonly #changes = new Map<string, readonly ApprovalFileChange[]>();

  notified({ method, params }: PortNotification): void {
    if (method === 'turn/completed') this.#changes.clear();
    else if (method === 'item/started' || method === 'item/completed') this.#note(method, params);
  }

  /** What the item changes; null when it is not known. */
  changesOf(itemId: string): readonly ApprovalFileChange[] | null {
    return this.#changes.get(itemId) ?? null;
  }

  #note(method: string, params: unknown): void {
    if (!isRecord(params) || !isRecord(params.item)) return;
    const { type, id, changes } = params.item;
    if (type !== 'fileChange' || typeof id !== 'string') return;
    this.#changes.delete(id);
    const read = arrayOrEmpty(changes).map(changeOf);
    if (method === 'item/completed' || !read.every((one) => one !== undefined)) return;
    this.#changes.set(id, read);
    for (const oldest of this.#changes.keys()) {
      if (this.#changes.size <= openFileChangesMax) return;
      this.#changes.delete(oldest);
    }
  }
}

function changeOf(value: unknown): ApprovalFileChange | undefined {
  if (!isRecord(value) || !isRecord(value.kind) || typeof value.path !== 'string') return undefined;
  const { type } = value.kind;
  const movePath = stringOrNull(value.kind.move_path);
  if ((type !== 'add' && type !== 'delete' && type !== 'update') || movePath === undefined) return undefined;
  return { path: value.path, change: type, movePath, diff: stringOr(value.diff, '') };
}
