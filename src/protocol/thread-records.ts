import type { AppServerItem, AppServerThread, AppServerTurn } from './app-server.ts';
import type { ThreadItem } from './exec-items.ts';
import { finalResponse } from './final-response.ts';
import { translateItem } from './item-translation.ts';
import { arrayOrEmpty, isRecord, numberOr, stringOr, unread } from './unread.ts';

/** What Codex keeps of a thread, without its turns. */
export interface ThreadRecord {
  readonly id: string;
  /** What `setName` gave it; null for none. */
  readonly name: string | null;
  /** The beginning of its first prompt; may be empty. */
  readonly preview: string;
  /** Unix time in milliseconds; Codex keeps whole seconds. */
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly workingDirectory: string;
  readonly model: string | null;
  readonly modelProvider: string;
  /** `not_loaded`: no turn since this Codex process started. `failed`: the last turn failed. */
  readonly status: 'not_loaded' | 'idle' | 'running' | 'failed';
  /** Nothing of it is on disk. */
  readonly ephemeral: boolean;
  /** The thread it was forked from; null for none. */
  readonly forkedFromId: string | null;
  /** The classification it was started with. */
  readonly threadSource: string | null;
}

/** What Codex keeps of a turn. */
export interface TurnRecord {
  readonly id: string;
  readonly status: 'completed' | 'failed' | 'interrupted' | 'in_progress';
  /** What the user wrote, images left out; empty for a compaction or a review. */
  readonly prompt: string;
  /** In the shape of `run`'s items, named by Codex's own ids; none when the items were not asked for. */
  readonly items: readonly ThreadItem[];
  /** The text of the last agent message; empty when there is none. */
  readonly finalResponse: string;
  /** Why it failed; null otherwise. */
  readonly error: string | null;
  /** Unix time in milliseconds; Codex keeps whole seconds. Null where it does not know. */
  readonly startedAtMs: number | null;
  readonly completedAtMs: number | null;
  readonly durationMs: number | null;
}

/** A thread of the app-server as we tell of it. @param thread As it came; missing fields read as empty. */
export function threadRecord(thread: unknown): ThreadRecord {
  const given = unread<AppServerThread>(thread);
  return {
    id: stringOr(given.id, ''),
    name: stringOr(given.name, null),
    preview: stringOr(given.preview, ''),
    createdAtMs: numberOr(given.createdAt, 0) * 1_000,
    updatedAtMs: numberOr(given.updatedAt, 0) * 1_000,
    workingDirectory: stringOr(given.cwd, ''),
    model: stringOr(given.model, null),
    modelProvider: stringOr(given.modelProvider, ''),
    status: statusOf(given.status),
    ephemeral: given.ephemeral === true,
    forkedFromId: stringOr(given.forkedFromId, null),
    threadSource: stringOr(given.threadSource, null),
  };
}

function statusOf(status: unknown): ThreadRecord['status'] {
  switch (unread<{ type: string }>(status).type) {
    case 'idle':
      return 'idle';
    case 'active':
      return 'running';
    case 'systemError':
      return 'failed';
    default:
      return 'not_loaded';
  }
}

/** A turn of the app-server as we tell of it. @param turn As it came; missing fields read as empty. */
export function turnRecord(turn: unknown): TurnRecord {
  const given = unread<AppServerTurn>(turn);
  const found = arrayOrEmpty(given.items);
  const items = found.flatMap((item) => {
    const translated = translateItem(item, stringOr(unread<AppServerItem>(item).id, ''));
    return translated === undefined ? [] : [translated];
  });
  return {
    id: stringOr(given.id, ''),
    status: turnStatusOf(given.status),
    prompt: found.flatMap(textsOfUser).join('\n\n'),
    items,
    finalResponse: finalResponse(items),
    error: isRecord(given.error) ? stringOr(given.error.message, null) : null,
    startedAtMs: seconds(given.startedAt),
    completedAtMs: seconds(given.completedAt),
    durationMs: numberOr(given.durationMs, null),
  };
}

function turnStatusOf(status: unknown): TurnRecord['status'] {
  return status === 'completed' || status === 'failed' || status === 'interrupted' ? status : 'in_progress';
}

function textsOfUser(item: unknown): readonly string[] {
  const { type, content } = unread<{ type: string; content: unknown }>(item);
  if (type !== 'userMessage') return [];
  return arrayOrEmpty(content).flatMap((part) => {
    const text = unread<{ text: string }>(part).text;
    return typeof text === 'string' ? [text] : [];
  });
}

function seconds(value: unknown): number | null {
  const found = numberOr(value, null);
  return found === null ? null : found * 1_000;
}
