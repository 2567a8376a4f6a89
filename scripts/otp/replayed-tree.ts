import type { ActorContext, ActorInstance, Behaviour } from '../../src/supervisor/behaviour.ts';
import type { ChildSpec, SupervisorFlags } from '../../src/supervisor/checked-spec.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { ExitRequest } from '../../src/supervisor/errors.ts';
import type { ExitReason } from '../../src/supervisor/exit-reason.ts';
import { simpleOneForOne, supervisor } from '../../src/supervisor/supervisor-flags.ts';
import type { StaticNode, TemplateNode, TreeNode, WorkerNode } from './case-format.ts';
import { idFromJson, reasonFromJson, type TraceRecorder } from './trace-recorder.ts';

/** What a worker can be told: to end by itself. */
export interface Die {
  readonly type: 'die';
  readonly reason: ExitReason;
}

/** What one worker does at its starts and at its stop. */
export interface WorkerScript {
  readonly path: string;
  readonly node: WorkerNode;
}

/** A child that keeps its supervisor busy until `open` resolves, and then declines to run. */
export interface Gate {
  readonly gate: { entered(): void; readonly open: Promise<void> };
}

/** The flags of a supervisor of a case. */
export function flagsOf(
  node: StaticNode | TemplateNode,
  path: string,
  recorder: TraceRecorder,
): SupervisorFlags {
  const options = {
    maxRestarts: node.intensity,
    maxSeconds: node.period,
    autoShutdown: node.autoShutdown,
  };
  if (node.kind === 'static') {
    const children = node.children.map((child) => specOf(child, path, recorder));
    return supervisor({ ...options, strategy: node.strategy, children });
  }
  return simpleOneForOne({ ...options, template: specOf(node.template, path, recorder) });
}

/** The spec of a child of a case. */
export function specOf(node: TreeNode, parent: string, recorder: TraceRecorder): ChildSpec {
  const path = `${parent}.${node.id}`;
  const { restart, significant, shutdown } = node;
  const id = idFromJson(node.id);
  if (node.kind !== 'worker') {
    return childSpec({ id, restart, significant, shutdown, supervisor: flagsOf(node, path, recorder) });
  }
  const { trapExit } = node;
  const actor = scriptedWorker(recorder);
  return childSpec({ id, restart, significant, shutdown, trapExit, actor, input: { path, node } });
}

/** No id of a case becomes this one (`idFromJson`). */
const gateId = '%gate';

/** The spec of the gate, for a supervisor with named children. */
export function gateSpec(gate: Gate, recorder: TraceRecorder): ChildSpec {
  return childSpec({ id: gateId, restart: 'temporary', actor: scriptedWorker(recorder), input: gate });
}

function scriptedWorker(recorder: TraceRecorder): Behaviour<Die, WorkerScript | Gate> {
  return {
    init(context, input) {
      if ('gate' in input) {
        input.gate.entered();
        return input.gate.open.then(() => 'ignore' as const);
      }
      return startWorker(context, input, recorder);
    },
  };
}

function startWorker(
  context: ActorContext<Die>,
  { path, node }: WorkerScript,
  recorder: TraceRecorder,
): ScriptedWorker | 'ignore' {
  const incarnation = recorder.attempt(path);
  const outcome = node.start[incarnation.n - 1] ?? 'ok';
  switch (outcome) {
    case 'ok':
      recorder.workerStarted(context.self, incarnation);
      return new ScriptedWorker(context, node);
    case 'ignore':
      recorder.write({ ev: 'start_ignore', ...incarnation });
      return 'ignore';
    default:
      recorder.write({ ev: 'start_error', ...incarnation, reason: 'bad_init' });
      throw outcome === 'raise' ? 'bad_init' : new ExitRequest({ error: 'bad_init' });
  }
}

class ScriptedWorker implements ActorInstance<Die> {
  readonly #context: ActorContext<Die>;
  readonly #node: WorkerNode;
  #dying = false;

  constructor(context: ActorContext<Die>, node: WorkerNode) {
    this.#context = context;
    this.#node = node;
  }

  receive(message: Die | { readonly type: 'down' | 'exit' }): void {
    if (message.type !== 'die') return;
    this.#dying = true;
    this.#context.exit(message.reason);
  }

  terminate(reason: ExitReason): void | Promise<void> {
    const { onShutdown, trapExit } = this.#node;
    if (reason !== 'shutdown' || this.#dying || !trapExit || onShutdown === undefined) return;
    if (onShutdown === 'hang') return new Promise(() => {});
    throw new ExitRequest(reasonFromJson(onShutdown.exit));
  }
}
