import { shutsDown } from './auto-shutdown.ts';
import type { ChildSpec, StaticFlags, SupervisorFlags } from './checked-spec.ts';
import type { ChildRecord } from './child-record.ts';
import { processOf, reported } from './child-record.ts';
import { checkChildSpec } from './child-spec-check.ts';
import type { DownReason, ExitReason } from './exit-reason.ts';
import { InvalidOptionError } from './invalid-option.ts';
import { childAtRest, NamedChildren } from './named-children.ts';
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
import { checkSignificant } from './supervisor-flags.ts';

/**
 * OTP's supervisor with named children: `one_for_one`, `one_for_all`, `rest_for_one`.
 *
 * It decides; every deed is an effect it yields. It reads no clock: the time comes with the event.
 * Source: `supervisor.erl` of OTP; each method names the function it follows where the names differ.
 */
export class StaticSupervision<Process extends object> implements Supervision<Process> {
  #flags: StaticFlags;
  #restarts: readonly number[] = [];
  readonly #children: NamedChildren<Process>;

  constructor(flags: StaticFlags, isAlive: (process: Process) => boolean) {
    this.#flags = flags;
    this.#children = new NamedChildren(flags.children, isAlive);
  }

  *init(): Steps<Process, InitResult> {
    const failure = yield* this.#startAll(this.#children.inStartOrder());
    if (failure === undefined) return { ok: true };
    yield* this.stop();
    return {
      ok: false,
      reason: { shutdown: { failedToStartChild: failure.child.spec.id, reason: failure.reason } },
    };
  }

  *exited(process: Process, reason: ExitReason, now: number): Steps<Process, Continuation> {
    const child = this.#children.of(process);
    if (child === undefined) return CONTINUE;
    const decision = decideRestart(child.spec.restart, reason);
    if (decision.report) {
      yield {
        type: 'report',
        report: { context: 'child_terminated', child: reported(child.spec), reason },
      };
    }
    if (decision.restart) return yield* this.#restart(child, now);
    this.#children.rest(child);
    const { autoShutdown } = this.#flags;
    const ends = shutsDown(autoShutdown, child.spec.significant, () => this.#children.significantRunning);
    return ends ? GIVE_UP : CONTINUE;
  }

  *retry(tried: ChildRecord<Process>, now: number): Steps<Process, Continuation> {
    const child = this.#children.get(tried.spec.id);
    return child?.process === 'restarting' ? yield* this.#restart(child, now) : CONTINUE;
  }

  *stop(): Steps<Process, void> {
    yield* this.#stopAll(this.#children.inStartOrder());
  }

  specOf(child: ChildToStart): ChildSpec {
    const spec = 'spec' in child ? child.spec : child;
    checkChildSpec('child', spec);
    checkSignificant(spec, this.#flags.autoShutdown);
    return spec;
  }

  *startChild(spec: ChildSpec): Steps<Process, ChildStart<Process>> {
    const known = this.#children.get(spec.id);
    if (known !== undefined) {
      const process = processOf(known);
      return process === undefined
        ? { ok: false, error: 'already_present' }
        : { ok: false, error: 'already_started', pid: process };
    }
    const child = childAtRest<Process>(spec);
    const outcome = startOutcome(yield { type: 'start', child });
    if (outcome.type === 'failed') return { ok: false, error: 'start_error', reason: outcome.reason };
    if (outcome.type === 'ignored') {
      if (spec.restart !== 'temporary') this.#children.add(child);
      return { ok: true, pid: undefined };
    }
    this.#children.add(child);
    this.#children.runs(child, outcome.process);
    return { ok: true, pid: outcome.process };
  }

  *terminateChild(target: string | Process): Steps<Process, TerminateChildResult> {
    const child = this.#find(target);
    if (child === undefined) return { ok: false, error: 'not_found' };
    yield* this.#stopOne(child);
    this.#children.rest(child);
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
    this.#children.runs(child, outcome.process);
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
    return this.#children.summaries();
  }

  countChildren(): ChildCounts {
    return this.#children.counts();
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
    this.#flags = flags;
    this.#children.update(flags.children);
  }

  /** `restart/2`: the limit is asked before any sibling is touched. */
  *#restart(child: ChildRecord<Process>, now: number): Steps<Process, Continuation> {
    const { restarts, exceeded } = recordRestart(this.#restarts, now, this.#flags);
    this.#restarts = restarts;
    if (exceeded) {
      const reason = 'reached_max_restart_intensity';
      yield { type: 'report', report: { context: 'shutdown', child: reported(child.spec), reason } };
      this.#children.rest(child);
      return GIVE_UP;
    }
    this.#children.stopped(child);
    const group = this.#children.group(child, this.#flags.strategy);
    yield* this.#stopAll(group);
    const failure = yield* this.#startAll(
      group.filter(({ spec }) => this.#children.get(spec.id) !== undefined),
    );
    if (failure !== undefined) {
      failure.child.process = 'restarting';
      yield { type: 'retry', child: failure.child };
    }
    return CONTINUE;
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
      if (outcome.type === 'started') this.#children.runs(child, outcome.process);
      else if (child.spec.restart === 'temporary') this.#children.delete(child.spec.id);
    }
    return undefined;
  }

  /** `terminate_children/2`: right to left, one at a time; temporary children are removed, the others left at rest. */
  *#stopAll(children: readonly ChildRecord<Process>[]): Steps<Process, void> {
    for (const child of children.toReversed()) {
      yield* this.#stopOne(child);
      this.#children.rest(child);
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

  /** Named children are known by their id alone; a process is no name, as in OTP. */
  #find(target: string | Process): ChildRecord<Process> | undefined {
    return typeof target === 'string' ? this.#children.get(target) : undefined;
  }
}

interface StartFailure<Process extends object> {
  readonly child: ChildRecord<Process>;
  readonly reason: ExitReason;
}
