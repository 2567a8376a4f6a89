import type { Input } from '../protocol/user-input.ts';

/** What became of a turn whose thread no process lived long enough to read, as its next opening tells. */
export type TurnFate =
  /** Codex has its input in the thread. */
  | 'kept'
  /** It began, and nothing of its input was kept. */
  | 'begun'
  | 'never_ran';

/** Earlier tries of a turn, of which nobody knew what had become when they were reported, and what to say by what is found out. */
export interface TurnDoubt {
  /** The message ids of those tries. */
  readonly messageIds: readonly string[];
  /** Said in place of the input when Codex has it from one of them. */
  readonly ifKept: string;
  /** Said before the input when one of them began. */
  readonly ifBegun: string;
}

/**
 * Finds what a turn is to say, once its thread has been read.
 *
 * @param fates What became of the tries in doubt, by message id.
 * @returns undefined when that is still not known, so that nothing may be said.
 */
export function inputInDoubt(
  { input, doubt }: { readonly input: Input; readonly doubt?: TurnDoubt },
  fates: ReadonlyMap<string, TurnFate>,
): Input | undefined {
  if (doubt === undefined) return input;
  const found = doubt.messageIds.map((id) => fates.get(id));
  if (found.includes('kept')) return doubt.ifKept;
  if (found.includes(undefined)) return undefined;
  return found.includes('begun') ? warned(input, doubt.ifBegun) : input;
}

/** An input with a warning before it; one that has it already stays as it is. */
export function warned(input: Input, warning: string): Input {
  const parts = typeof input === 'string' ? ([{ type: 'text', text: input }] as const) : input;
  const [first] = parts;
  const isWarned = first?.type === 'text' && first.text === warning;
  return isWarned ? parts : [{ type: 'text', text: warning }, ...parts];
}
