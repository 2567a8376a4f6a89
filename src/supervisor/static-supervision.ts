import { shutsDown } from './auto-shutdown.ts';
import type { ChildRecord } from './child-record.ts';
import { processOf, reported } from './child-record.ts';
import type { ChildSpec } from './child-spec.ts';
import type { DownReason, ExitReason } from './exit-reason.ts';
import { InvalidOptionError } from './invalid-option.ts';
import { decideRestart, isExpectedStop } from './restart-decision.ts';
import { recordRestart } from './restart-intensity.ts';
import type {
  ChildCounts,
  ChildStart,
  ChildSummary,
  ChildToStart,
  Continuation,
  DeleteChildResult,
  GetChildSpecResult,
  InitResult,
  RestartChildResult,
  Supervision,
  TerminateChildResult,
} from './supervision.ts';
import { CONTINUE, GIVE_UP } from './supervision.ts';
import type { Steps } from './supervisor-effects.ts';
import { startOutcome, stop } from './supervisor-effects.ts';
import type { StaticFlags, SupervisorFlags } from './supervisor-flags.ts';
import { checkSignificant } from './supervisor-flags.ts';

/**
 * OTP's supervisor with named children: `one_for_one`, `one_for_all`, `rest_for_one`.
 *
 * It decides and keeps the table of children; every deed is an effect it yields. It reads no clock: the time comes with the event.
 * Source: `supervisor.erl` of OTP; each method names the function it follows where the names differ.
 */
export class StaticSupervision<Process extends object> implements Supervision<Process> {
  #flags: StaticFlags;
  #restarts: readonly number[] = [];
  readonly #isAlive: (process: Process) => boolean;
  /** In start order. */
  #children = new Map<string, ChildRecord<Process>>();
  readonly #byProcess = new Map<Process, ChildRecord<Process>>();

  constructor(flags: StaticFlags, isAlive: (process: Process) => boolean) {
    this.#flags = flags;
    this.#isAlive = isAlive;
    for (const spec of flags.children) this.#children.set(spec.id, this.#record(spec));
  }

  *init(): Steps<Process, InitResult> {
    const failure = yield* this.#startAll([...this.#children.values()]);
    if (failure === undefined) return { ok: true };
    yield* this.stop();
    return {
      ok: false,
      reason: { shutdown: { failedToStartChild: failure.child.spec.id, reason: failure.reason } },
    };
  }

  *exited(process: Process, reason: ExitReason, now: number): Steps<Process, Continuation> {
    const child = this.#byProcess.get(process);
    if (child === undefined) return CONTINUE;
    const decision = decideRestart(child.spec.restart, reason);
    if (decision.report) {
      yield {
        type: 'report',
        report: { context: 'child_terminated', child: reported(child.spec), reason },
      };
    }
    if (decision.restart) return yield* this.#restart(child, now);
    this.#rest(child);
    const ends = shutsDown(this.#flags.autoShutdown, child.spec.significant, () =>
      this.#significantRunning(),
    );
    return ends ? GIVE_UP : CONTINUE;
  }

  *retry(tried: ChildRecord<Process>, now: number): Steps<Process, Continuation> {
    const child = this.#children.get(tried.spec.id);
    return child?.process === 'restarting' ? yield* this.#restart(child, now) : CONTINUE;
  }

  *stop(): Steps<Process, void> {
    yield* this.#stopAll([...this.#children.values()]);
  }

  specOf(child: ChildToStart): ChildSpec {
    if (!('spec' in child)) throw new InvalidOptionError('child', child, 'a child spec made by childSpec()');
    checkSignificant(child.spec, this.#flags.autoShutdown);
    return child.spec;
  }

  *startChild(spec: ChildSpec): Steps<Process, ChildStart<Process>> {
    const known = this.#children.get(spec.id);
    if (known !== undefined) {
      const process = processOf(known);
      return process === undefined
        ? { ok: false, error: 'already_present' }
        : { ok: false, error: 'already_started', pid: process };
    }
    const child = this.#record(spec);
    const outcome = startOutcome(yield { type: 'start', child });
    if (outcome.type === 'failed') return { ok: false, error: 'start_error', reason: outcome.reason };
    if (outcome.type === 'ignored') {
      if (spec.restart !== 'temporary') this.#children.set(spec.id, child);
      return { ok: true, pid: undefined };
    }
    this.#children.set(spec.id, child);
    this.#run(child, outcome.process);
    return { ok: true, pid: outcome.process };
  }

  *terminateChild(target: string | Process): Steps<Process, TerminateChildResult> {
    const child = this.#find(target);
    if (child === undefined) return { ok: false, error: 'not_found' };
    yield* this.#stopOne(child);
    this.#rest(child);
    return { ok: true };
  }

  *restartChild(id: string): Steps<Process, RestartChildResult<Process>> {
    const child = this.#children.get(id);
    if (child === undefined) return { ok: false, error: 'not_found' };
    if (child.process === 'restarting') return { ok: false, error: 'restarting' };
    if (child.process !== undefined) return { ok: false, error: 'running' };
    const outcome = startOutcome(yield { type: 'start', child });
    if (outcome.type === 'failed') return { ok: false, error: 'start_error', reason: outcome.reason };
    if (outcome.type === 'ignored') return { ok: true, pid: undefined };
    this.#run(child, outcome.process);
    return { ok: true, pid: outcome.process };
  }

  deleteChild(id: string): DeleteChildResult {
    const child = this.#children.get(id);
    if (child === undefined) return { ok: false, error: 'not_found' };
    if (child.process === 'restarting') return { ok: false, error: 'restarting' };
    if (child.process !== undefined) return { ok: false, error: 'running' };
    this.#children.delete(id);
    return { ok: true };
  }

  getChildSpec(target: string | Process): GetChildSpecResult {
    const child = this.#find(target);
    return child === undefined ? { ok: false, error: 'not_found' } : { ok: true, spec: child.spec };
  }

  whichChildren(): readonly ChildSummary<Process>[] {
    const children = Array.from(this.#children.values(), ({ spec, process }) => ({
      id: spec.id,
      pid: process,
      type: spec.type,
    }));
    return children.reverse();
  }

  countChildren(): ChildCounts {
    const counts = { specs: this.#children.size, active: 0, supervisors: 0, workers: 0 };
    for (const child of this.#children.values()) {
      const process = processOf(child);
      if (process !== undefined && this.#isAlive(process)) counts.active += 1;
      if (child.spec.type === 'supervisor') counts.supervisors += 1;
      else counts.workers += 1;
    }
    return counts;
  }

  /**
   * Takes new flags and specs (`code_change`): running children keep their process, children that the new list leaves out are
   * kept behind it, new ones are not started.
   */
  update(flags: SupervisorFlags): void {
    if (flags.kind !== 'static') {
      throw new InvalidOptionError(
        'flags',
        flags,
        'flags of a supervisor with named children, as it was started with',
      );
    }
    const kept = this.#children;
    this.#flags = flags;
    this.#children = new Map();
    for (const spec of flags.children) {
      const old = kept.get(spec.id);
      if (old !== undefined) old.spec = spec;
      this.#children.set(spec.id, old ?? this.#record(spec));
    }
    for (const [id, child] of kept) this.#children.set(id, child);
  }

  /** `restart/2`: the limit is asked before any sibling is touched. */
  *#restart(child: ChildRecord<Process>, now: number): Steps<Process, Continuation> {
    const { restarts, exceeded } = recordRestart(this.#restarts, now, this.#flags);
    this.#restarts = restarts;
    if (exceeded) {
      const reason = 'reached_max_restart_intensity';
      yield { type: 'report', report: { context: 'shutdown', child: reported(child.spec), reason } };
      this.#rest(child);
      return GIVE_UP;
    }
    this.#forget(child);
    const group = this.#group(child);
    if (group.length > 1) yield* this.#stopAll(group);
    const failure = yield* this.#startAll(group.filter(({ spec }) => this.#children.has(spec.id)));
    if (failure !== undefined) {
      failure.child.process = 'restarting';
      yield { type: 'retry', child: failure.child };
    }
    return CONTINUE;
  }

  /** The children that restart together with this one, in start order. */
  #group(child: ChildRecord<Process>): ChildRecord<Process>[] {
    switch (this.#flags.strategy) {
      case 'one_for_one':
        return [child];
      case 'one_for_all':
        return [...this.#children.values()];
      case 'rest_for_one': {
        const all = [...this.#children.values()];
        return all.slice(all.indexOf(child));
      }
    }
  }

  /** Starts left to right; on the first failure leaves the started ones running and the rest at rest. */
  *#startAll(children: readonly ChildRecord<Process>[]): Steps<Process, StartFailure<Process> | undefined> {
    for (const child of children) {
      const outcome = startOutcome(yield { type: 'start', child });
      if (outcome.type === 'failed') {
        const { reason } = outcome;
        yield { type: 'report', report: { context: 'start_error', child: reported(child.spec), reason } };
        return { child, reason };
      }
      if (outcome.type === 'started') this.#run(child, outcome.process);
      else if (child.spec.restart === 'temporary') this.#children.delete(child.spec.id);
    }
    return undefined;
  }

  /** `terminate_children/2`: right to left, one at a time; temporary children are removed, the others left at rest. */
  *#stopAll(children: readonly ChildRecord<Process>[]): Steps<Process, void> {
    for (const child of children.toReversed()) {
      yield* this.#stopOne(child);
      this.#rest(child);
    }
  }

  *#stopOne(child: ChildRecord<Process>): Steps<Process, void> {
    const process = processOf(child);
    if (process === undefined) return;
    const { shutdown, restart } = child.spec;
    const reason: DownReason = yield* stop({ process, shutdown });
    if (isExpectedStop(restart, shutdown, reason)) return;
    yield { type: 'report', report: { context: 'shutdown_error', child: reported(child.spec), reason } };
  }

  #significantRunning(): boolean {
    for (const { spec, process } of this.#children.values())
      if (spec.significant && process !== undefined) return true;
    return false;
  }

  /** Named children are known by their id alone; a process is no name, as in OTP. */
  #find(target: string | Process): ChildRecord<Process> | undefined {
    return typeof target === 'string' ? this.#children.get(target) : undefined;
  }

  #record(spec: ChildSpec): ChildRecord<Process> {
    return { spec, name: spec.id, process: undefined, last: undefined };
  }

  #run(child: ChildRecord<Process>, process: Process): void {
    child.process = process;
    child.last = process;
    this.#byProcess.set(process, child);
  }

  /** `del_child/2`: a temporary child is dropped, another keeps its spec. */
  #rest(child: ChildRecord<Process>): void {
    this.#forget(child);
    if (child.spec.restart === 'temporary') this.#children.delete(child.spec.id);
  }

  #forget(child: ChildRecord<Process>): void {
    const process = processOf(child);
    if (process !== undefined) this.#byProcess.delete(process);
    child.process = undefined;
  }
}

interface StartFailure<Process extends object> {
  readonly child: ChildRecord<Process>;
  readonly reason: ExitReason;
}
