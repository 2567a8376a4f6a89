import type { ChildSpec, Strategy } from './checked-spec.ts';
import type { ChildRecord } from './child-record.ts';
import { processOf } from './child-record.ts';
import type { ChildCounts, ChildSummary } from './supervision.ts';

/** The children of a supervisor that knows them by name, in start order: who runs, who waits for a restart, who is at rest. */
export class NamedChildren<Process extends object> {
  readonly #isAlive: (process: Process) => boolean;
  #byId = new Map<string, ChildRecord<Process>>();
  readonly #byProcess = new Map<Process, ChildRecord<Process>>();

  constructor(specs: readonly ChildSpec[], isAlive: (process: Process) => boolean) {
    this.#isAlive = isAlive;
    for (const spec of specs) this.#byId.set(spec.id, childAtRest(spec));
  }

  inStartOrder(): ChildRecord<Process>[] {
    return [...this.#byId.values()];
  }

  get(id: string): ChildRecord<Process> | undefined {
    return this.#byId.get(id);
  }

  /** The child that runs as this process. */
  of(process: Process): ChildRecord<Process> | undefined {
    return this.#byProcess.get(process);
  }

  /** Puts a child last. */
  add(child: ChildRecord<Process>): void {
    this.#byId.set(child.spec.id, child);
  }

  delete(id: string): void {
    this.#byId.delete(id);
  }

  runs(child: ChildRecord<Process>, process: Process): void {
    child.process = process;
    child.last = process;
    this.#byProcess.set(process, child);
  }

  /** It has no process any more, whatever becomes of it. */
  stopped(child: ChildRecord<Process>): void {
    const process = processOf(child);
    if (process !== undefined) this.#byProcess.delete(process);
    child.process = undefined;
  }

  /** It stays down: a temporary child is dropped, another keeps its spec. Source: `del_child/2`. */
  rest(child: ChildRecord<Process>): void {
    this.stopped(child);
    if (child.spec.restart === 'temporary') this.delete(child.spec.id);
  }

  /** The children that restart together with this one, in start order. */
  group(child: ChildRecord<Process>, strategy: Strategy): ChildRecord<Process>[] {
    if (strategy === 'one_for_one') return [child];
    const all = this.inStartOrder();
    return strategy === 'one_for_all' ? all : all.slice(all.indexOf(child));
  }

  /** Whether a significant child runs or waits for its restart. */
  get significantRunning(): boolean {
    for (const { spec, process } of this.#byId.values())
      if (spec.significant && process !== undefined) return true;
    return false;
  }

  /** Takes new specs: children keep their process, those that the list leaves out are kept behind it. */
  update(specs: readonly ChildSpec[]): void {
    const kept = this.#byId;
    this.#byId = new Map();
    for (const spec of specs) {
      const child = kept.get(spec.id) ?? childAtRest(spec);
      child.spec = spec;
      this.add(child);
    }
    for (const child of kept.values()) this.add(child);
  }

  /** In reverse start order, as in OTP. */
  summaries(): readonly ChildSummary<Process>[] {
    const children = Array.from(this.#byId.values(), ({ spec, process }) => ({
      id: spec.id,
      pid: process,
      type: spec.type,
    }));
    return children.reverse();
  }

  counts(): ChildCounts {
    const counts = { specs: this.#byId.size, active: 0, supervisors: 0, workers: 0 };
    for (const child of this.#byId.values()) {
      const process = processOf(child);
      if (process !== undefined && this.#isAlive(process)) counts.active += 1;
      if (child.spec.type === 'supervisor') counts.supervisors += 1;
      else counts.workers += 1;
    }
    return counts;
  }
}

/** A child that has a spec and no process. */
export function childAtRest<Process extends object>(spec: ChildSpec): ChildRecord<Process> {
  return { spec, name: spec.id, process: undefined, last: undefined };
}
