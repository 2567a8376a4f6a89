import { readdirSync, readFileSync } from 'node:fs';

/** Processes below one that are looked at; what is beyond them keeps running. */
export const descendantsMax = 10_000;

/** Reads the process table; the file system of the kernel by default. */
export interface ProcessTableReader {
  /** Process ids of the children of a process; none when it is gone. */
  childrenOf(pid: number): readonly number[];
  /** Its process group; undefined when it is gone. */
  groupOf(pid: number): number | undefined;
}

/**
 * The process groups of all that a process has started, its own left out: Codex runs each command in a group of its own, which a signal
 * to Codex's group does not reach. Read it before the process is killed: afterwards nobody knows whose children they were.
 *
 * Empty where the kernel shows no children: everywhere but on Linux.
 */
export function descendantGroups(pid: number, table: ProcessTableReader = linuxProcessTable): number[] {
  const own = table.groupOf(pid);
  const groups = new Set<number>();
  const found = [...table.childrenOf(pid)];
  for (let next = 0; next < Math.min(found.length, descendantsMax); next += 1) {
    const child = found[next];
    if (child === undefined) break;
    const group = table.groupOf(child);
    // Group 0 and 1 would be everybody.
    if (group !== undefined && group > 1) groups.add(group);
    found.push(...table.childrenOf(child));
  }
  if (own !== undefined) groups.delete(own);
  return [...groups];
}

const linuxProcessTable: ProcessTableReader = {
  childrenOf(pid) {
    const tasks = `/proc/${pid}/task`;
    try {
      return readdirSync(tasks).flatMap((task) =>
        readFileSync(`${tasks}/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
      );
    } catch {
      return [];
    }
  },
  groupOf(pid) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // The name stands in brackets and may itself hold brackets and spaces.
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
    } catch {
      return undefined;
    }
  },
};
