import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import type { Process } from '../../src/supervisor/process.ts';
import { SystemStartError } from '../../src/supervisor/system-errors.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { asObject, type Case, type Json, type JsonObject, listAt, type Step, textAt } from './case-format.ts';
import { KnownNodes } from './known-nodes.ts';
import { ReplayedCalls } from './replayed-calls.ts';
import { flagsOf } from './replayed-tree.ts';
import { idFromJson, reasonFromJson, type TraceRecorder } from './trace-recorder.ts';

/** Timers that may fire until a step has come to rest. Only stops have one; more than these can only set off each other. */
const timersMax = 10_000;

/** Runs one case against the real supervisors, in virtual time, and has its trace written down in the words of the format. */
export async function replay(theCase: Case, recorder: TraceRecorder): Promise<void> {
  const clock = new SimulatedClock();
  recorder.write({ ev: 'step', i: 0, op: 'start' });
  const system = await startTree(theCase, recorder, clock);
  if (system === undefined) recorder.write({ ev: 'state', sups: {} });
  else await new Player(theCase, system, recorder, clock).play();
}

async function startTree(
  { tree }: Case,
  recorder: TraceRecorder,
  clock: SimulatedClock,
): Promise<ActorSystem | undefined> {
  const starting = ActorSystem.start({
    name: idFromJson(tree.id),
    clock,
    observer: recorder,
    onReport: (report) => recorder.report(report),
    root: flagsOf(tree, tree.id, recorder),
  });
  const started = later(
    starting.catch((error: unknown) => {
      if (error instanceof SystemStartError) return undefined;
      throw error;
    }),
  );
  await atRest(clock);
  return atOnce(started, 'the start', clock);
}

/** Lets everything happen that is under way, and time pass while somebody waits for it. */
async function atRest(clock: SimulatedClock): Promise<void> {
  for (let timers = 0; timers < timersMax; timers += 1) if (!(await clock.advanceToNextTimer())) return;
}

/** A promise that is looked at once the tree is at rest; its failure is nobody's until then. */
function later<T>(settled: Promise<T>): Promise<T> {
  settled.catch(() => undefined);
  return settled;
}

/**
 * What a tree settles without time passing. A promise that is still open once all is at rest never will be settled, and must fail its case
 * instead of hanging all.
 */
async function atOnce<T>(settled: Promise<T>, what: string, clock: SimulatedClock): Promise<T> {
  let open = true;
  const close = (): void => {
    open = false;
  };
  settled.then(close, close);
  await clock.settle();
  if (open) throw new Error(`${what} was not answered, and the tree is at rest`);
  return settled;
}

class Player {
  readonly #case: Case;
  readonly #recorder: TraceRecorder;
  readonly #clock: SimulatedClock;
  readonly #calls: ReplayedCalls;

  constructor(theCase: Case, system: ActorSystem, recorder: TraceRecorder, clock: SimulatedClock) {
    this.#case = theCase;
    this.#recorder = recorder;
    this.#clock = clock;
    const nodes = new KnownNodes();
    nodes.learn(theCase.tree, theCase.tree.id);
    this.#calls = new ReplayedCalls(system, recorder, nodes);
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
        return this.#toProcess(this.#case.tree.id, (root) => this.#stop(root, fields.reason));
      case 'advance':
        return this.#clock.advance(Number(fields.seconds) * 1_000);
      case 'batch':
        return this.#toSupervisor(fields, (supervisor) => this.#batch(supervisor, fields));
      case 'mailbox':
        return this.#toSupervisor(fields, (supervisor, path) => this.#mailbox(supervisor, path, fields));
      default:
        return this.#toSupervisor(fields, (supervisor, path) => this.#call(supervisor, path, op, fields));
    }
  }

  #toProcess(path: string, act: (process: Process) => void): void {
    const process = this.#recorder.current(path);
    if (process === undefined) this.#recorder.write({ ev: 'result', value: 'not_alive' });
    else act(process);
  }

  async #toSupervisor(
    fields: JsonObject,
    act: (supervisor: Process, path: string) => Promise<void>,
  ): Promise<void> {
    const path = textAt(fields, 'sup');
    const supervisor = this.#recorder.supervisors.get(path);
    if (supervisor === undefined) this.#recorder.write({ ev: 'result', value: 'not_alive' });
    else await act(supervisor, path);
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

  /** An exit signal from the parent. */
  #stop(supervisor: Process, reason: Json | undefined): void {
    if (reason === 'kill') supervisor.abandon('killed');
    else supervisor.requestStop(reasonFromJson(reason));
  }

  /** All ends are in the supervisor's mailbox before it handles the first. */
  async #batch(supervisor: Process, fields: JsonObject): Promise<void> {
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
  async #mailbox(supervisor: Process, path: string, fields: JsonObject): Promise<void> {
    let open: () => void = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    let entered = false;
    const enter = (): void => {
      entered = true;
    };
    const kept = later(this.#calls.keepBusy(supervisor, path, { gate: { entered: enter, open: opened } }));
    await this.#clock.settle();
    if (!entered) throw new Error(`${path} is busy, and the tree is at rest`);
    const answers: Promise<Json>[] = [];
    for (const message of listAt(fields, 'msgs')) {
      const answer = this.#post(supervisor, path, asObject(message));
      if (answer !== undefined) answers.push(later(answer));
      await this.#clock.settle();
    }
    open();
    await atRest(this.#clock);
    await atOnce(kept, 'the gate', this.#clock);
    if (answers.length === 0) return;
    this.#recorder.write({
      ev: 'results',
      values: await atOnce(Promise.all(answers), 'a call of the mailbox', this.#clock),
    });
  }

  #post(supervisor: Process, path: string, message: JsonObject): Promise<Json> | undefined {
    if (message.exit !== undefined) {
      const process = this.#recorder.current(textAt(message, 'exit'));
      if (process !== undefined) this.#end(process, message.reason);
      return undefined;
    }
    if (message.parent_exit !== undefined) {
      if (path === this.#case.tree.id) this.#stop(supervisor, message.parent_exit);
      else this.#signal(supervisor, message.parent_exit);
      return undefined;
    }
    return this.#calls.call(supervisor, path, textAt(message, 'call'), message);
  }

  async #call(supervisor: Process, path: string, op: string, fields: JsonObject): Promise<void> {
    const called = this.#calls.call(supervisor, path, op, fields);
    const answer = later(called.then((value) => this.#recorder.write({ ev: 'result', value })));
    await atRest(this.#clock);
    await atOnce(answer, op, this.#clock);
  }

  async #writeState(): Promise<void> {
    const sups: [string, Json][] = [];
    for (const [path, supervisor] of [...this.#recorder.supervisors].sort()) {
      sups.push([
        path,
        await atOnce(this.#calls.stateOf(supervisor, path), `which_children of ${path}`, this.#clock),
      ]);
    }
    this.#recorder.write({ ev: 'state', sups: Object.fromEntries(sups) });
  }
}
