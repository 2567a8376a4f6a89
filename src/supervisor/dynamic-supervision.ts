import { shutsDown } from './auto-shutdown.ts';
import type { ChildSpec, DynamicFlags, SupervisorFlags } from './checked-spec.ts';
import { ChildNames } from './child-names.ts';
import type { ChildRecord } from './child-record.ts';
import { processOf, reported } from './child-record.ts';
import { inputOf, withInput } from './child-spec.ts';
import { checkChildSpec } from './child-spec-check.ts';
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
  GetChildSpecResult,
  Supervision,
  TerminateChildResult,
} from './supervision.ts';
import { CONTINUE, GIVE_UP } from './supervision.ts';
import type { Steps, StopOrder } from './supervisor-effects.ts';
import { startOutcome, stop, stopTogether } from './supervisor-effects.ts';
import type { SupervisorReport } from './supervisor-report.ts';

/**
 * A supervisor whose children come and go: Elixir's `DynamicSupervisor`, and with a template OTP's `simple_one_for_one`.
 *
 * Children restart alone, are known by their process, leave nothing behind when they end, and are stopped all at once.
 * Every step takes constant time, so a hundred thousand children start and stop in linear time.
 */
export class DynamicSupervision<Process extends object> implements Supervision<Process> {
  #flags: DynamicFlags;
  #restarts: readonly number[] = [];
  #workers = 0;
  readonly #isAlive: (process: Process) => boolean;
  readonly #running = new Map<Process, ChildRecord<Process>>();
  /** Children whose restart failed, by the process they last had. */
  readonly #restarting = new Map<Process, ChildRecord<Process>>();
  readonly #names = new ChildNames();
  readonly #living = () => this.#children();

  constructor(flags: DynamicFlags, isAlive: (process: Process) => boolean) {
    this.#flags = flags;
    this.#isAlive = isAlive;
  }

  *exited(process: Process, reason: ExitReason, now: number): Steps<Process, Continuation> {
    const child = this.#running.get(process);
    if (child === undefined) return CONTINUE;
    const decision = decideRestart(child.spec.restart, reason);
    if (decision.report) {
      yield { type: 'report', report: { context: 'child_terminated', child: reported(child.spec), reason } };
    }
    if (decision.restart) return yield* this.#restart(child, now);
    this.#remove(child);
    const ends = shutsDown(this.#flags.autoShutdown, child.spec.significant, () => this.#size() > 0);
    return ends ? GIVE_UP : CONTINUE;
  }

  *retry(child: ChildRecord<Process>, now: number): Steps<Process, Continuation> {
    return child.process === 'restarting' ? yield* this.#restart(child, now) : CONTINUE;
  }

  *stop(): Steps<Process, void> {
    const children = [...this.#running.values()];
    const orders: StopOrder<Process>[] = [];
    for (const [process, { spec }] of this.#running) orders.push({ process, shutdown: spec.shutdown });
    const reasons = yield* stopTogether(orders);
    for (const report of stopReports(children, reasons, this.#flags.template !== undefined)) {
      yield { type: 'report', report };
    }
  }

  specOf(child: ChildToStart): ChildSpec {
    const { template } = this.#flags;
    if (template === undefined) {
      const spec = 'spec' in child ? child.spec : child;
      checkChildSpec('child', spec);
      return spec;
    }
    if ('input' in child) return withInput(template, child.input);
    throw new InvalidOptionError('child', child, '{ input } for the template of this supervisor');
  }

  *startChild(spec: ChildSpec): Steps<Process, ChildStart<Process>> {
    if (this.#size() >= this.#flags.maxChildren) return { ok: false, error: 'max_children' };
    const child = this.#record(spec);
    const outcome = startOutcome(yield { type: 'start', child });
    if (outcome.type === 'started') {
      this.#run(child, outcome.process);
      return { ok: true, pid: outcome.process };
    }
    this.#names.release(child);
    return outcome.type === 'ignored'
      ? { ok: true, pid: undefined }
      : { ok: false, error: 'start_error', reason: outcome.reason };
  }

  *terminateChild(target: string | Process): Steps<Process, TerminateChildResult> {
    if (typeof target === 'string') return { ok: false, error: 'simple_one_for_one' };
    const child = this.#find(target);
    if (child === undefined) {
      // OTP takes a dead stranger for a child that has already ended; Elixir does not.
      const gone = this.#flags.template !== undefined && !this.#isAlive(target);
      return gone ? { ok: true } : { ok: false, error: 'not_found' };
    }
    const process = processOf(child);
    if (process !== undefined) yield* this.#stopOne(child, process);
    this.#remove(child);
    return { ok: true };
  }

  getChildSpec(target: string | Process): GetChildSpecResult {
    const child = typeof target === 'string' ? undefined : this.#find(target);
    return child === undefined ? { ok: false, error: 'not_found' } : { ok: true, spec: child.spec };
  }

  whichChildren(): readonly ChildSummary<Process>[] {
    return this.#children().map(({ process, spec }) => ({ id: undefined, pid: process, type: spec.type }));
  }

  countChildren(): ChildCounts {
    const size = this.#size();
    return {
      specs: this.#flags.template === undefined ? size : 1,
      active: this.#running.size,
      supervisors: size - this.#workers,
      workers: this.#workers,
    };
  }

  /** Takes new flags (`code_change`). A new template is at once that of the living children, each with its own input. */
  update(flags: SupervisorFlags): void {
    const { template } = this.#flags;
    if (flags.kind !== 'dynamic' || (flags.template === undefined) !== (template === undefined)) {
      throw new InvalidOptionError(
        'flags',
        flags,
        'flags of the same kind of dynamic supervisor as it was started with',
      );
    }
    this.#flags = flags;
    if (flags.template !== undefined) this.#adopt(flags.template);
  }

  #adopt(template: ChildSpec): void {
    for (const child of this.#children()) {
      child.spec = withInput(template, inputOf(child.spec));
    }
    this.#workers = template.type === 'worker' ? this.#size() : 0;
  }

  *#restart(child: ChildRecord<Process>, now: number): Steps<Process, Continuation> {
    const { restarts, exceeded } = recordRestart(this.#restarts, now, this.#flags);
    this.#restarts = restarts;
    if (exceeded) {
      const reason = 'reached_max_restart_intensity';
      yield { type: 'report', report: { context: 'shutdown', child: reported(child.spec), reason } };
      this.#remove(child);
      return GIVE_UP;
    }
    const outcome = startOutcome(yield { type: 'start', child });
    if (outcome.type === 'ignored') {
      this.#remove(child);
      return CONTINUE;
    }
    if (outcome.type === 'started') {
      this.#forget(child);
      this.#run(child, outcome.process);
      return CONTINUE;
    }
    const { reason } = outcome;
    this.#wait(child);
    yield { type: 'report', report: { context: 'start_error', child: reported(child.spec), reason } };
    yield { type: 'retry', child };
    return CONTINUE;
  }

  *#stopOne(child: ChildRecord<Process>, process: Process): Steps<Process, void> {
    const { shutdown, restart } = child.spec;
    const reason = yield* stop({ process, shutdown });
    if (isExpectedStop(restart, shutdown, reason)) return;
    yield { type: 'report', report: { context: 'shutdown_error', child: reported(child.spec), reason } };
  }

  #children(): ChildRecord<Process>[] {
    return [...this.#running.values(), ...this.#restarting.values()];
  }

  #size(): number {
    return this.#running.size + this.#restarting.size;
  }

  #find(process: Process): ChildRecord<Process> | undefined {
    return this.#running.get(process) ?? this.#restarting.get(process);
  }

  #record(spec: ChildSpec): ChildRecord<Process> {
    const { id } = spec;
    const name =
      this.#flags.template === undefined ? this.#names.take(id, this.#living) : this.#names.takeNumbered(id);
    return { spec, name, process: undefined, last: undefined };
  }

  #run(child: ChildRecord<Process>, process: Process): void {
    child.process = process;
    child.last = process;
    this.#running.set(process, child);
    if (child.spec.type === 'worker') this.#workers += 1;
  }

  #wait(child: ChildRecord<Process>): void {
    const { last } = child;
    this.#forget(child);
    child.process = 'restarting';
    if (last !== undefined) this.#restarting.set(last, child);
    if (child.spec.type === 'worker') this.#workers += 1;
  }

  #remove(child: ChildRecord<Process>): void {
    this.#forget(child);
    this.#names.release(child);
  }

  #forget(child: ChildRecord<Process>): void {
    const { last } = child;
    child.process = undefined;
    if (last === undefined) return;
    const known = this.#running.delete(last) || this.#restarting.delete(last);
    if (known && child.spec.type === 'worker') this.#workers -= 1;
  }
}

/** `shutdown_error` for each child that ended otherwise than asked; under a template one report per reason, with the number of children. */
function stopReports<Process extends object>(
  children: readonly ChildRecord<Process>[],
  reasons: readonly DownReason[],
  grouped: boolean,
): SupervisorReport[] {
  const reports = new Map<unknown, ShutdownErrorReport>();
  for (const [index, { spec }] of children.entries()) {
    const reason = reasons[index];
    if (reason === undefined || isExpectedStop(spec.restart, spec.shutdown, reason)) continue;
    const key = grouped ? reasonKey(reason) : index;
    const known = reports.get(key);
    const base: ShutdownErrorReport = { context: 'shutdown_error', child: reported(spec), reason };
    reports.set(key, grouped ? { ...base, count: (known?.count ?? 0) + 1 } : base);
  }
  return [...reports.values()];
}

/** Equal for reasons that say the same: words by value, details by identity. */
function reasonKey(reason: DownReason): unknown {
  if (typeof reason === 'string') return reason;
  const [kind, detail] = 'shutdown' in reason ? ['shutdown', reason.shutdown] : ['error', reason.error];
  return typeof detail === 'object' ? detail : `${kind}:${String(detail)}`;
}

type ShutdownErrorReport = Extract<SupervisorReport, { context: 'shutdown_error' }>;
