import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import type { Pid } from '../../src/supervisor/behaviour.ts';
import type { ExitReason } from '../../src/supervisor/exit-reason.ts';
import { Process } from '../../src/supervisor/process.ts';
import {
  countChildren,
  deleteChild,
  restartChild,
  startChild,
  startTemplateChild,
  terminateChild,
  whichChildren,
} from '../../src/supervisor/supervisor-client.ts';
import { SystemStartError } from '../../src/supervisor/system-errors.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import {
  asObject,
  type Case,
  type Json,
  type JsonObject,
  listAt,
  objectAt,
  parseNode,
  type Step,
  type TreeNode,
  textAt,
} from './case-format.ts';
import { flagsOf, type Gate, gateSpec, specOf } from './replayed-tree.ts';
import { normalised } from './trace-comparison.ts';
import { reasonFromJson, reasonToJson, TraceRecorder } from './trace-recorder.ts';

/** Milliseconds of virtual time a step may take to come to rest; the longest default `shutdown` and a little. */
const settleMsMax = 20_000;

/** Runs one case against the real supervisors, in virtual time, and gives its trace in the words of the format. */
export async function replay(theCase: Case): Promise<readonly JsonObject[]> {
  const recorder = new TraceRecorder();
  const clock = new SimulatedClock();
  recorder.write({ ev: 'step', i: 0, op: 'start' });
  const system = await startTree(theCase, recorder, clock);
  if (system === undefined) {
    recorder.write({ ev: 'state', sups: {} });
  } else {
    const player = new Player(theCase, system, recorder, clock);
    await player.play();
  }
  return normalised(recorder.events, theCase);
}

async function startTree(
  { tree }: Case,
  recorder: TraceRecorder,
  clock: SimulatedClock,
): Promise<ActorSystem | undefined> {
  const starting = ActorSystem.start({
    name: tree.id,
    clock,
    observer: recorder,
    onReport: (report) => recorder.report(report),
    root: flagsOf(tree, tree.id, recorder),
  });
  const started = starting.catch((error: unknown) => {
    if (error instanceof SystemStartError) return undefined;
    throw error;
  });
  await atRest(clock);
  return started;
}

/** Lets everything happen that is under way, and time pass while somebody waits for it. */
async function atRest(clock: SimulatedClock): Promise<void> {
  await clock.settle();
  for (let ms = 0; clock.pendingTimers > 0 && ms < settleMsMax; ms += 1) await clock.advance(1);
}

/** What a tree at rest has settled. A promise that is still open then never will be, and must fail its case instead of hanging all. */
function atOnce<T>(settled: Promise<T>, what: string): Promise<T> {
  const never = new Promise<never>((_, reject) => {
    setImmediate(() => reject(new Error(`${what} was not answered, and the tree is at rest`)));
  });
  return Promise.race([settled, never]);
}

class Player {
  readonly #case: Case;
  readonly #system: ActorSystem;
  readonly #recorder: TraceRecorder;
  readonly #clock: SimulatedClock;

  constructor(theCase: Case, system: ActorSystem, recorder: TraceRecorder, clock: SimulatedClock) {
    this.#case = theCase;
    this.#system = system;
    this.#recorder = recorder;
    this.#clock = clock;
  }

  async play(): Promise<void> {
    await this.#writeState();
    for (const [index, step] of this.#case.steps.entries()) {
      this.#recorder.write({ ev: 'step', i: index + 1, ...step.fields });
      await this.#perform(step);
      await atRest(this.#clock);
      await this.#writeState();
    }
  }

  /** Carries a step out, writes its result if it has one, and resolves when that is done, not when all has come to rest. */
  #perform({ op, fields }: Step): void | Promise<void> {
    switch (op) {
      case 'exit':
        return this.#toProcess(textAt(fields, 'child'), (process) => this.#end(process, fields.reason));
      case 'signal':
        return this.#toProcess(textAt(fields, 'child'), (process) => this.#signal(process, fields.reason));
      case 'stop_sup':
        return this.#toProcess(textAt(fields, 'child'), (process) =>
          process.requestStop(reasonFromJson(fields.reason)),
        );
      case 'kill_sup':
        return this.#toProcess(textAt(fields, 'child'), (process) => process.abandon('killed'));
      case 'stop':
        return this.#toProcess(this.#case.tree.id, (root) => root.requestStop(reasonFromJson(fields.reason)));
      case 'advance':
        return this.#clock.advance(Number(fields.seconds) * 1_000);
      case 'batch':
        return this.#batch(fields);
      case 'mailbox':
        return this.#mailbox(fields);
      default:
        return this.#request(op, fields);
    }
  }

  #toProcess(path: string, act: (process: Process) => void): void {
    const process = this.#recorder.current(path);
    if (process === undefined) this.#recorder.write({ ev: 'result', value: 'not_alive' });
    else act(process);
  }

  /** The worker ends by itself; `kill` is the signal that it cannot refuse. */
  #end(process: Process, reason: Json | undefined): void {
    if (reason === 'kill') process.abandon('killed');
    else process.deliver({ type: 'die', reason: reasonFromJson(reason) });
  }

  /** An exit signal from a stranger. */
  #signal(process: Process, reason: Json | undefined): void {
    if (reason === 'kill') process.abandon('killed');
    else process.exitSignal(undefined, reasonFromJson(reason));
  }

  /** All ends are in the supervisor's mailbox before it handles the first. */
  async #batch(fields: JsonObject): Promise<void> {
    const supervisor = this.#recorder.supervisors.get(textAt(fields, 'sup'));
    if (supervisor === undefined) {
      this.#recorder.write({ ev: 'result', value: 'not_alive' });
      return;
    }
    supervisor.suspend();
    const results: string[] = [];
    for (const exit of listAt(fields, 'exits')) {
      const process = this.#recorder.current(textAt(exit, 'child'));
      results.push(process === undefined ? 'not_alive' : 'ok');
      if (process !== undefined) this.#end(process, asObject(exit).reason);
      await this.#clock.settle();
    }
    this.#recorder.write({ ev: 'result', value: results });
    supervisor.resume();
  }

  /** The supervisor is busy with a start while the messages arrive. */
  async #mailbox(fields: JsonObject): Promise<void> {
    const path = textAt(fields, 'sup');
    const supervisor = this.#recorder.supervisors.get(path);
    if (supervisor === undefined) {
      this.#recorder.write({ ev: 'result', value: 'not_alive' });
      return;
    }
    const open = await this.#keepBusy(supervisor);
    const answers: Promise<Json>[] = [];
    for (const message of listAt(fields, 'msgs')) {
      const answer = this.#post(supervisor, path, asObject(message));
      if (answer !== undefined) answers.push(answer);
      await this.#clock.settle();
    }
    open();
    await atRest(this.#clock);
    if (answers.length === 0) return;
    this.#recorder.write({ ev: 'results', values: await atOnce(Promise.all(answers), 'mailbox') });
  }

  async #keepBusy(supervisor: Process): Promise<() => void> {
    let open: () => void = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    await new Promise<void>((entered) => {
      const gate: Gate = { gate: { entered, open: opened } };
      const started = this.#isTemplate(supervisor)
        ? startTemplateChild(this.#system, supervisor, gate)
        : startChild(this.#system, supervisor, gateSpec(gate, this.#recorder));
      started.catch(() => 'the supervisor ended before it could answer');
    });
    return open;
  }

  #post(supervisor: Process, path: string, message: JsonObject): Promise<Json> | undefined {
    if (message.exit !== undefined) {
      const process = this.#recorder.current(textAt(message, 'exit'));
      if (process !== undefined) this.#end(process, message.reason);
      return undefined;
    }
    if (message.parent_exit !== undefined) {
      const reason = reasonFromJson(message.parent_exit);
      if (path === this.#case.tree.id) supervisor.requestStop(reason);
      else supervisor.exitSignal(undefined, reason);
      return undefined;
    }
    return this.#queue(supervisor, path, textAt(message, 'call'), message);
  }

  /** A call among others in a mailbox; lists tell only whether a child runs. */
  async #queue(supervisor: Process, path: string, op: string, fields: JsonObject): Promise<Json> {
    try {
      if (op === 'count_children') return counted(await countChildren(this.#system, supervisor));
      if (op !== 'which_children') return await this.#api(supervisor, path, op, fields);
      const children = await whichChildren(this.#system, supervisor);
      return children.map(({ id = 'undefined', pid }) => [
        id,
        pid instanceof Process ? 'running' : word(pid),
      ]);
    } catch {
      return { error: 'noproc' };
    }
  }

  async #request(op: string, fields: JsonObject): Promise<void> {
    const path = textAt(fields, 'sup');
    const supervisor = this.#recorder.supervisors.get(path);
    if (supervisor === undefined) {
      this.#recorder.write({ ev: 'result', value: 'not_alive' });
      return;
    }
    const answer = this.#api(supervisor, path, op, fields)
      .catch(() => ({ error: 'noproc' }))
      .then((value) => this.#recorder.write({ ev: 'result', value }));
    await atRest(this.#clock);
    await atOnce(answer, op);
  }

  async #api(supervisor: Process, path: string, op: string, fields: JsonObject): Promise<Json> {
    const target = this.#target(path, fields);
    switch (op) {
      case 'start_child':
        return this.#answer(await this.#start(supervisor, path, fields));
      case 'terminate_child':
        return this.#answer(await terminateChild(this.#system, supervisor, target));
      case 'restart_child':
        return this.#answer(await restartChild(this.#system, supervisor, nameOf(target)));
      case 'delete_child':
        return this.#answer(await deleteChild(this.#system, supervisor, nameOf(target)));
      default:
        throw new TypeError(`no step is called ${op}`);
    }
  }

  #start(supervisor: Process, path: string, fields: JsonObject) {
    if (fields.spec !== undefined) {
      return startChild(
        this.#system,
        supervisor,
        specOf(parseNode(objectAt(fields, 'spec')), path, this.#recorder),
      );
    }
    const id = textAt(fields, 'id');
    const template = this.#nodeAt(path);
    const worker = parseNode({ ...fields, sup: undefined }, id);
    if (template?.kind !== 'template' || worker.kind !== 'worker')
      throw new TypeError(`${path} has no template`);
    const node = { ...template.template, id, start: worker.start };
    return startTemplateChild(this.#system, supervisor, { path: `${path}.${id}`, node });
  }

  #target(path: string, fields: JsonObject): string | Process {
    const id = typeof fields.id === 'string' ? fields.id : '';
    return (fields.by_pid === true ? this.#recorder.last(`${path}.${id}`) : undefined) ?? id;
  }

  #answer(result: { ok: boolean; pid?: Pid | undefined; error?: string; reason?: ExitReason }): Json {
    if (result.ok) return 'pid' in result ? { ok: this.#labelOrNull(result.pid) } : 'ok';
    if (result.error === 'already_started' && result.pid !== undefined) {
      return { error: 'already_started', pid: this.#recorder.label(result.pid) };
    }
    if (result.error === 'start_error' && result.reason !== undefined)
      return { error: reasonToJson(result.reason) };
    return { error: result.error ?? 'unknown' };
  }

  #labelOrNull(pid: Pid | undefined): Json {
    return pid === undefined ? null : this.#recorder.label(pid);
  }

  async #writeState(): Promise<void> {
    const sups: Record<string, Json> = {};
    for (const [path, supervisor] of [...this.#recorder.supervisors].sort()) {
      sups[path] = await this.#stateOf(supervisor);
    }
    this.#recorder.write({ ev: 'state', sups });
  }

  async #stateOf(supervisor: Process): Promise<Json> {
    const children = await whichChildren(this.#system, supervisor);
    const rows = children.map(({ id, pid, type }): Json => {
      const state = pid instanceof Process ? this.#recorder.label(pid) : word(pid);
      return [id ?? state, state, type];
    });
    if (this.#isTemplate(supervisor)) rows.sort((left, right) => (String(left) < String(right) ? -1 : 1));
    return { children: rows, counts: counted(await countChildren(this.#system, supervisor)) };
  }

  #isTemplate(supervisor: Process): boolean {
    return this.#nodeAt(supervisor.path.replaceAll('/', '.'))?.kind === 'template';
  }

  /** The node at a path of the case's tree; undefined for what was started later. */
  #nodeAt(path: string): TreeNode | undefined {
    const [, ...ids] = path.split('.');
    let node: TreeNode | undefined = this.#case.tree;
    for (const id of ids)
      node = node?.kind === 'static' ? node.children.find((child) => child.id === id) : undefined;
    return node;
  }
}

function counted(counts: { specs: number; active: number; supervisors: number; workers: number }): Json {
  return [counts.specs, counts.active, counts.supervisors, counts.workers];
}

function word(pid: Pid | 'restarting' | undefined): string {
  return pid === 'restarting' ? 'restarting' : 'undefined';
}

/** A process is no name: nobody has a child that is called by it. */
function nameOf(target: string | Process): string {
  return typeof target === 'string' ? target : String(target);
}
