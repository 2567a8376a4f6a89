import type { ActorContext, ActorInstance, Behaviour, DownMessage } from '../../supervisor/behaviour.ts';
import type { ChildSpec } from '../../supervisor/checked-spec.ts';
import { childSpec } from '../../supervisor/child-spec.ts';
import { supervisor } from '../../supervisor/supervisor-flags.ts';
import { TaskSupervisor, taskSupervisor } from '../../supervisor/task-supervisor.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { Tool } from './tool.ts';
import { ToolCall, type ToolCallHost, type ToolOutcome } from './tool-call.ts';
import {
  type OpenToolCall,
  type ToolRunnerMessage,
  toolCallsPath,
  toolsPath,
} from './tool-runner-messages.ts';
import type { ToolTable } from './tool-table.ts';
import { ToolTelemetry } from './tool-telemetry.ts';

/** Calls of all tools that run at one time. */
export const toolCallsRunningMax = 64;
/** Calls that wait for their turn; a further one fails with a text that says so. */
export const toolCallsWaitingMax = 4_096;

/** Tasks of calls, with those that are just being stopped. */
export const toolTasksMax = 1_024;

/** What the tool runner needs. */
export interface ToolRunnerOptions {
  /** Counts what became of calls. */
  readonly table: ToolTable;
  readonly telemetry?: TelemetryBus | undefined;
}

/** The child spec of the tools' part of the tree: the runner, and the supervisor of its calls, which end with it. */
export function toolsChild(options: ToolRunnerOptions): ChildSpec {
  return childSpec({
    id: toolsPath,
    supervisor: supervisor({
      strategy: 'one_for_all',
      children: [
        childSpec({ id: 'calls', supervisor: taskSupervisor({ maxChildren: toolTasksMax }) }),
        childSpec({ id: 'runner', actor: toolRunner, input: options }),
      ],
    }),
  });
}

/** The actor that runs the calls of all tools: so many at a time, in the order they came, each as a supervised task. */
const toolRunner: Behaviour<ToolRunnerMessage, ToolRunnerOptions> = {
  init: (context, options) => new ToolRunner(context, options),
};

class ToolRunner implements ActorInstance<ToolRunnerMessage> {
  readonly #table: ToolTable;
  readonly #telemetry: ToolTelemetry;
  readonly #host: ToolCallHost;
  readonly #waiting = new Set<ToolCall>();
  readonly #running = new Set<ToolCall>();
  readonly #runningOf = new Map<Tool, number>();
  #stopping = false;

  constructor(context: ActorContext<ToolRunnerMessage>, { table, telemetry }: ToolRunnerOptions) {
    this.#table = table;
    this.#telemetry = new ToolTelemetry(telemetry, context.self.path);
    this.#host = {
      clock: context.clock,
      tasks: new TaskSupervisor(context, toolCallsPath),
      progressed: (call, message) => this.#telemetry.progressed(call, message),
      ended: (call, outcome) => this.#ended(call, outcome),
    };
  }

  receive(message: ToolRunnerMessage | DownMessage): void {
    if (message.type === 'tool.call') this.#admit(message.call);
  }

  terminate(): void {
    this.#stop();
  }

  kill(): void {
    this.#stop();
  }

  #admit(open: OpenToolCall): void {
    if (open.signal.aborted) return;
    const call = new ToolCall(open, this.#host);
    if (this.#waiting.size >= toolCallsWaitingMax) {
      call.fail('busy', 'too many calls wait already. Call it again later');
      return;
    }
    this.#waiting.add(call);
    this.#startWaiting();
  }

  /** Starts what may run, oldest first. A tool at its own limit does not hold up the others. */
  #startWaiting(): void {
    if (this.#stopping) return;
    for (const call of this.#waiting) {
      if (this.#running.size >= toolCallsRunningMax) return;
      const tool = call.find();
      if (tool === undefined) call.fail('unavailable', 'it is not available any more. Go on without it');
      else if ((this.#runningOf.get(tool) ?? 0) < tool.concurrency) this.#start(call, tool);
    }
  }

  #start(call: ToolCall, tool: Tool): void {
    this.#waiting.delete(call);
    this.#running.add(call);
    this.#runningOf.set(tool, (this.#runningOf.get(tool) ?? 0) + 1);
    this.#table.callStarted(tool.name);
    this.#telemetry.started(call);
    call.start(tool);
  }

  #ended(call: ToolCall, outcome: ToolOutcome): void {
    this.#waiting.delete(call);
    const { tool, startedAtMs } = call;
    const durationMs = startedAtMs === null ? 0 : this.#host.clock.now() - startedAtMs;
    if (!this.#running.delete(call)) this.#table.callStarted(call.facts.tool);
    this.#table.callEnded(call.facts.tool, { failure: outcome.failure, durationMs });
    this.#telemetry.ended(call, outcome);
    if (tool === null) return;
    const left = (this.#runningOf.get(tool) ?? 1) - 1;
    if (left === 0) this.#runningOf.delete(tool);
    else this.#runningOf.set(tool, left);
    this.#startWaiting();
  }

  /** Every call is answered, also when this actor is killed: Codex would wait for ever. */
  #stop(): void {
    this.#stopping = true;
    for (const call of [...this.#waiting, ...this.#running])
      call.fail('interrupted', 'tools are being stopped');
  }
}
