import type { ActorSystem } from '../../src/supervisor/actor-system.ts';
import type { Pid } from '../../src/supervisor/behaviour.ts';
import { CallError } from '../../src/supervisor/call-error.ts';
import type { ExitReason } from '../../src/supervisor/exit-reason.ts';
import { Process } from '../../src/supervisor/process.ts';
import type { ChildCounts } from '../../src/supervisor/supervision.ts';
import {
  countChildren,
  deleteChild,
  restartChild,
  startChild,
  startTemplateChild,
  terminateChild,
  updateSpecs,
  whichChildren,
} from '../../src/supervisor/supervisor-client.ts';
import { SystemStoppedError } from '../../src/supervisor/system-errors.ts';
import { type Json, type JsonObject, objectAt, parseNode, textAt } from './case-format.ts';
import type { KnownNodes } from './known-nodes.ts';
import { flagsOf, type Gate, gateSpec, specOf } from './replayed-tree.ts';
import { idFromJson, idToJson, reasonToJson, type TraceRecorder } from './trace-recorder.ts';

/** The calls of a case to its supervisors, with answers in the words of the format. */
export class ReplayedCalls {
  readonly #system: ActorSystem;
  readonly #recorder: TraceRecorder;
  readonly #nodes: KnownNodes;

  constructor(system: ActorSystem, recorder: TraceRecorder, nodes: KnownNodes) {
    this.#system = system;
    this.#recorder = recorder;
    this.#nodes = nodes;
  }

  /** Carries one call out; `noproc` when the supervisor ends without an answer. */
  async call(supervisor: Process, path: string, op: string, fields: JsonObject): Promise<Json> {
    try {
      return await this.#call(supervisor, path, op, fields);
    } catch (error) {
      if (error instanceof CallError || error instanceof SystemStoppedError) return { error: 'noproc' };
      throw error;
    }
  }

  /** Keeps a supervisor busy with the start of a child that waits for `gate`. */
  async keepBusy(supervisor: Process, path: string, gate: Gate): Promise<void> {
    const started = this.#nodes.templateAt(path)
      ? startTemplateChild(this.#system, supervisor, gate)
      : startChild(this.#system, supervisor, gateSpec(gate, this.#recorder));
    await started.catch(() => 'the supervisor ended before it could answer');
  }

  /** What `which_children` and `count_children` say of a supervisor at rest. */
  async stateOf(supervisor: Process, path: string): Promise<Json> {
    const children = await whichChildren(this.#system, supervisor);
    const rows = children.map(({ id, pid, type }): Json => {
      const state = pid instanceof Process ? this.#recorder.label(pid) : word(pid);
      return [id === undefined ? state : idToJson(id), state, type];
    });
    if (this.#nodes.templateAt(path)) rows.sort((left, right) => (String(left) < String(right) ? -1 : 1));
    return { children: rows, counts: counted(await countChildren(this.#system, supervisor)) };
  }

  async #call(supervisor: Process, path: string, op: string, fields: JsonObject): Promise<Json> {
    switch (op) {
      case 'start_child':
        return this.#start(supervisor, path, fields);
      case 'terminate_child':
        return this.#answer(await terminateChild(this.#system, supervisor, this.#target(path, fields)));
      case 'restart_child':
        return this.#answer(await restartChild(this.#system, supervisor, this.#name(path, fields)));
      case 'delete_child':
        return this.#answer(await deleteChild(this.#system, supervisor, this.#name(path, fields)));
      case 'code_change': {
        const node = parseNode(objectAt(fields, 'tree'));
        if (node.kind === 'worker') throw new TypeError('tree of code_change is not a supervisor');
        await updateSpecs(this.#system, supervisor, flagsOf(node, path, this.#recorder));
        this.#nodes.learn(node, path);
        return 'ok';
      }
      case 'count_children':
        return counted(await countChildren(this.#system, supervisor));
      case 'which_children':
        return this.#listed(supervisor);
      default:
        throw new TypeError(`no step is called ${op}`);
    }
  }

  async #start(supervisor: Process, path: string, fields: JsonObject): Promise<Json> {
    if (fields.spec !== undefined) {
      const node = parseNode(objectAt(fields, 'spec'));
      const result = await startChild(this.#system, supervisor, specOf(node, path, this.#recorder));
      if (result.ok) this.#nodes.learn(node, `${path}.${node.id}`);
      return this.#answer(result);
    }
    const id = textAt(fields, 'id');
    const template = this.#nodes.templateAt(path);
    const worker = parseNode({ id, start: fields.start });
    if (template === undefined || worker.kind !== 'worker') throw new TypeError(`${path} has no template`);
    const node = { ...template.template, id, start: worker.start };
    return this.#answer(await startTemplateChild(this.#system, supervisor, { path: `${path}.${id}`, node }));
  }

  /** Among other messages in a mailbox; it tells only whether a child runs. */
  async #listed(supervisor: Process): Promise<Json> {
    const children = await whichChildren(this.#system, supervisor);
    return children.map(({ id, pid }) => [
      id === undefined ? 'undefined' : idToJson(id),
      pid instanceof Process ? 'running' : word(pid),
    ]);
  }

  #target(path: string, fields: JsonObject): string | Process {
    const id = textAt(fields, 'id');
    return (fields.by_pid === true ? this.#recorder.last(`${path}.${id}`) : undefined) ?? idFromJson(id);
  }

  /** A process is no name: nobody has a child that is called by it. */
  #name(path: string, fields: JsonObject): string {
    return String(this.#target(path, fields));
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
}

function counted({ specs, active, supervisors, workers }: ChildCounts): Json {
  return [specs, active, supervisors, workers];
}

function word(pid: Pid | 'restarting' | undefined): string {
  return pid === 'restarting' ? 'restarting' : 'undefined';
}
