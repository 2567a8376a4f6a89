import type { Pid } from '../../src/supervisor/behaviour.ts';
import type { DownReason, ExitReason } from '../../src/supervisor/exit-reason.ts';
import { Process } from '../../src/supervisor/process.ts';
import type { SupervisorObserver } from '../../src/supervisor/supervisor-host.ts';
import type { SystemReport } from '../../src/supervisor/system-node.ts';
import type { Json, JsonObject } from './case-format.ts';

/** One incarnation of a child in the words of the format: its dotted path, counted by start attempts. */
export interface Incarnation {
  readonly child: string;
  readonly n: number;
}

/** An id of the format as an id of a child: any text, also with the slash that parts our paths, or none. */
export function idFromJson(id: string): string {
  return id === '' ? '%' : id.replaceAll('%', '%25').replaceAll('/', '%2F');
}

/** The other way round. */
export function idToJson(id: string): string {
  return id === '%' ? '' : id.replaceAll('%2F', '/').replaceAll('%25', '%');
}

/** The path of a supervisor in the words of the format. */
function pathToJson(path: string): string {
  return path.split('/').map(idToJson).join('.');
}

/** Writes down what happens in a replayed tree, in the order in which it happens. */
export class TraceRecorder implements SupervisorObserver {
  readonly events: JsonObject[] = [];
  /** Supervisors that live, by path. */
  readonly supervisors = new Map<string, Process>();
  readonly #attempts = new Map<string, number>();
  readonly #incarnations = new Map<Pid, Incarnation>();
  /** The last process of each path. */
  readonly #last = new Map<string, Process>();
  readonly #notStarted = new Set<Process>();

  write(event: JsonObject): void {
    this.events.push(event);
  }

  /** Counts a start attempt of a path. */
  attempt(child: string): Incarnation {
    const n = (this.#attempts.get(child) ?? 0) + 1;
    this.#attempts.set(child, n);
    return { child, n };
  }

  /** A worker runs; its end will be written down. */
  workerStarted(self: Pid<never>, incarnation: Incarnation): void {
    const process = asProcess(self);
    this.#know(process, incarnation);
    this.write({ ev: 'start', ...incarnation });
    process.whenDead((reason) => this.write({ ev: 'exit', ...incarnation, reason: reasonToJson(reason) }));
  }

  starting(supervisor: Process): void {
    const incarnation = this.attempt(pathToJson(supervisor.path));
    this.#know(supervisor, incarnation);
    this.write({ ev: 'sup_init', ...incarnation });
    supervisor.whenDead((reason) => this.#supervisorEnded(supervisor, incarnation, reason));
  }

  started(supervisor: Process): void {
    const incarnation = this.#incarnationOf(supervisor);
    this.supervisors.set(incarnation.child, supervisor);
    this.write({ ev: 'sup_start', ...incarnation });
  }

  startFailed(supervisor: Process, reason: ExitReason): void {
    this.#notStarted.add(supervisor);
    this.write({ ev: 'sup_start_error', ...this.#incarnationOf(supervisor), reason: reasonToJson(reason) });
  }

  stopping(supervisor: Process, reason: ExitReason): void {
    this.write({ ev: 'sup_stopping', ...this.#incarnationOf(supervisor), reason: reasonToJson(reason) });
  }

  report(report: SystemReport): void {
    if (!('context' in report)) return;
    const { context, child, supervisor } = report;
    this.write({
      ev: 'report',
      sup: pathToJson(supervisor),
      context,
      id: idToJson(child.id),
      reason: reasonToJson(report.reason),
      ...('count' in report && report.count !== undefined ? { nb_children: report.count } : {}),
    });
  }

  /** The live process of a path. */
  current(child: string): Process | undefined {
    const process = this.#last.get(child);
    return process === undefined || process.isDead ? undefined : process;
  }

  /** The last process of a path, dead or alive. */
  last(child: string): Process | undefined {
    return this.#last.get(child);
  }

  /** `path#n`, as the format names a process. */
  label(pid: Pid): string {
    const incarnation = this.#incarnations.get(pid);
    return incarnation === undefined ? '?' : `${incarnation.child}#${incarnation.n}`;
  }

  #know(process: Process, incarnation: Incarnation): void {
    this.#incarnations.set(process, incarnation);
    this.#last.set(incarnation.child, process);
  }

  #incarnationOf(process: Process): Incarnation {
    return this.#incarnations.get(process) ?? { child: process.path, n: 0 };
  }

  #supervisorEnded(supervisor: Process, incarnation: Incarnation, reason: ExitReason): void {
    if (this.supervisors.get(incarnation.child) === supervisor) this.supervisors.delete(incarnation.child);
    // A supervisor that did not start has said so already.
    if (this.#notStarted.delete(supervisor)) return;
    this.write({ ev: 'supervisor_exit', ...incarnation, reason: reasonToJson(reason) });
  }
}

/** A reason of the format as ours: any word but OTP's own is an error. */
export function reasonFromJson(reason: Json | undefined): ExitReason {
  if (reason === 'normal' || reason === 'shutdown' || reason === 'killed') return reason;
  if (typeof reason === 'object' && reason !== null && 'shutdown' in reason)
    return { shutdown: reason.shutdown };
  return { error: reason };
}

/** Our reason in the words of the format. */
export function reasonToJson(reason: DownReason | 'reached_max_restart_intensity'): Json {
  if (typeof reason === 'string') return reason;
  if ('error' in reason) return plain(reason.error);
  const { shutdown } = reason;
  if (
    typeof shutdown === 'object' &&
    shutdown !== null &&
    'failedToStartChild' in shutdown &&
    'reason' in shutdown
  ) {
    const failed: { failedToStartChild: unknown; reason: unknown } = shutdown;
    const id = idToJson(String(failed.failedToStartChild));
    return { shutdown: { failed_to_start_child: id, reason: nested(failed.reason) } };
  }
  return { shutdown: plain(shutdown) };
}

function nested(reason: unknown): Json {
  if (reason === 'normal' || reason === 'shutdown' || reason === 'killed') return reason;
  if (typeof reason !== 'object' || reason === null) return plain(reason);
  if ('error' in reason) return plain(reason.error);
  return 'shutdown' in reason ? reasonToJson({ shutdown: reason.shutdown }) : plain(reason);
}

/** Any other term. Erlang's side of the format tells of an object only that it is one. */
function plain(value: unknown): Json {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'object' && value !== null ? { map: true } : String(value);
}

function asProcess(pid: Pid<never>): Process {
  if (pid instanceof Process) return pid;
  throw new TypeError(`${pid.path} is not a process of this runtime`);
}
