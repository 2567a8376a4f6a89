import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** One row of the process table. */
export interface ProcessRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly processGroup: number;
  /** The command's short name, as the kernel has it. */
  readonly name: string;
}

/**
 * All processes that have not ended; those that ended and wait to be reaped are left out. Linux only: reads `/proc`.
 *
 * @throws Error on a platform without `/proc`.
 */
export async function processTable(): Promise<ProcessRow[]> {
  const entries = await readdir('/proc').catch((cause: unknown) => {
    throw new Error('the process table is read from /proc, which this platform does not have', { cause });
  });
  const rows = await Promise.all(entries.filter((entry) => /^\d+$/.test(entry)).map(readRow));
  return rows.filter((row) => row !== undefined);
}

/** All living descendants of a process, nearest first. Those whose parent has ended belong to init, and are not found here. */
export async function descendantsOf(pid: number): Promise<ProcessRow[]> {
  const rows = await processTable();
  const found: ProcessRow[] = [];
  let parents = new Set([pid]);
  while (parents.size > 0) {
    const children = rows.filter((row) => parents.has(row.parentPid));
    found.push(...children);
    parents = new Set(children.map((row) => row.pid));
  }
  return found;
}

/**
 * The living processes that were started with this environment variable, whoever their parent is now. With
 * `processesWithEnvironment(homeMarkVariable, home.mark)` it finds all that is left of one hermetic home.
 * Processes of other users are passed over.
 */
export async function processesWithEnvironment(key: string, value: string): Promise<ProcessRow[]> {
  const wanted = `${key}=${value}`;
  const rows = await processTable();
  const marked = await Promise.all(
    rows.map(async (row) => ((await environmentOf(row.pid)).includes(wanted) ? [row] : [])),
  );
  return marked.flat();
}

/**
 * Waits until no process has this environment variable any more; resolves with those still alive when `withinMs` is over, so
 * that a test can say which. The kernel tells nobody but a parent that a process ended, so this looks again every 5 ms.
 */
export async function processesLeft(
  key: string,
  value: string,
  options: { readonly withinMs: number },
): Promise<ProcessRow[]> {
  const deadline = performance.now() + options.withinMs;
  for (;;) {
    const left = await processesWithEnvironment(key, value);
    if (left.length === 0 || performance.now() >= deadline) return left;
    await delay(5);
  }
}

async function readRow(entry: string): Promise<ProcessRow | undefined> {
  const stat = await readFile(`/proc/${entry}/stat`, 'latin1').catch(() => '');
  // The name stands in brackets and may itself hold brackets and spaces.
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  const [state, parentPid, processGroup] = stat.slice(close + 2).split(' ');
  if (open < 0 || state === undefined || state === 'Z' || state === 'X') return undefined;
  return {
    pid: Number(entry),
    parentPid: Number(parentPid),
    processGroup: Number(processGroup),
    name: stat.slice(open + 1, close),
  };
}

async function environmentOf(pid: number): Promise<readonly string[]> {
  const block = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return block.split('\0');
}
