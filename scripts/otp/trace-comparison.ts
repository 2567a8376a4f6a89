import { isDeepStrictEqual } from 'node:util';
import { asObject, type Case, type Json, type JsonObject, type TreeNode } from './case-format.ts';

/** Where two traces part. */
export interface Difference {
  readonly index: number;
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
  /** Why there is no more to compare, when a replay did not come to its end. */
  readonly failure?: string;
}

/** The first event in which two traces differ, or undefined when they are equal. `par` events are compared as multisets. */
export function firstDifference(expected: readonly Json[], actual: readonly Json[]): Difference | undefined {
  const length = Math.max(expected.length, actual.length);
  for (let index = 0; index < length; index += 1) {
    if (isDeepStrictEqual(canonical(expected[index]), canonical(actual[index]))) continue;
    return { index, expected: expected[index], actual: actual[index] };
  }
  return undefined;
}

/** A trace with the order taken out where OTP defines none. */
export function normalised(events: readonly JsonObject[], { unordered, tree }: Case): JsonObject[] {
  return unordered ? foldAll(events) : foldParallelStops(events, templatePaths(tree));
}

/** Folds what happens between two of `step`, `state`, `result` into one multiset: the whole case runs concurrently. */
function foldAll(events: readonly JsonObject[]): JsonObject[] {
  const folded: JsonObject[] = [];
  let group: JsonObject[] = [];
  const flush = (): void => {
    const [only] = group;
    if (only !== undefined && group.length === 1) folded.push(only);
    else if (group.length > 1) folded.push({ ev: 'par', events: group });
    group = [];
  };
  for (const event of events) {
    const fence = event.ev === 'step' || event.ev === 'state' || event.ev === 'result';
    if (!fence) {
      group.push(event);
      continue;
    }
    flush();
    folded.push(event);
  }
  flush();
  return folded;
}

/**
 * Folds the parallel stop of a template supervisor: the ends of its children and its `shutdown_error` reports that come right before
 * its own end, the ends as a multiset.
 */
function foldParallelStops(events: readonly JsonObject[], templates: ReadonlySet<string>): JsonObject[] {
  const folded: JsonObject[] = [];
  for (const event of events) {
    if (event.ev === 'supervisor_exit' && typeof event.child === 'string' && templates.has(event.child)) {
      foldTail(folded, event.child);
    }
    folded.push(event);
  }
  return folded;
}

function templatePaths(tree: TreeNode, path = tree.id): Set<string> {
  if (tree.kind === 'template') return new Set([path]);
  if (tree.kind === 'worker') return new Set();
  return new Set(tree.children.flatMap((child) => [...templatePaths(child, `${path}.${child.id}`)]));
}

function foldTail(folded: JsonObject[], supervisor: string): void {
  let from = folded.length;
  while (from > 0 && partOfStop(folded[from - 1], supervisor)) from -= 1;
  const tail = folded.splice(from);
  const exits = tail.filter(({ ev }) => ev === 'exit');
  const others = tail.filter(({ ev }) => ev !== 'exit').sort(byReason);
  if (exits.length > 0) folded.push({ ev: 'par', events: exits });
  folded.push(...others);
}

function partOfStop(event: JsonObject | undefined, supervisor: string): boolean {
  if (event?.ev === 'exit')
    return typeof event.child === 'string' && event.child.startsWith(`${supervisor}.`);
  return event?.ev === 'report' && event.sup === supervisor && event.context === 'shutdown_error';
}

/** Equal for events that are equal up to the order inside of a `par`. */
function canonical(event: Json | undefined): unknown {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return event;
  const object = asObject(event);
  if (object.ev !== 'par' || !Array.isArray(object.events)) return object;
  return { ...object, events: object.events.map((each) => sortedText(each)).sort() };
}

/** The reports follow in falling term order of Erlang: binaries (here strings) before tuples (here objects). */
function byReason(left: JsonObject, right: JsonObject): number {
  const [isText, otherIsText] = [typeof left.reason === 'string', typeof right.reason === 'string'];
  if (isText !== otherIsText) return isText ? -1 : 1;
  return sortedText(left.reason ?? null) > sortedText(right.reason ?? null) ? -1 : 1;
}

/** JSON with the keys in order, so that equal values give equal text. */
function sortedText(value: Json): string {
  return JSON.stringify(value, (_key, nested: Json) => {
    if (typeof nested !== 'object' || nested === null || Array.isArray(nested)) return nested;
    return Object.fromEntries(Object.entries(nested).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
