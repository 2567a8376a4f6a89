import type { DynamicToolCallResponse } from '../../protocol/app-server.ts';
import { ToolFailedError } from '../../protocol/errors/turn-errors.ts';
import { standardReading } from '../../protocol/structured-output/standard-schema.ts';
import type { Clock, TimerHandle } from '../../supervisor/clock.ts';
import type { Task } from '../../supervisor/task.ts';
import type { TaskSupervisor } from '../../supervisor/task-supervisor.ts';
import type { Tool, ToolCallRun } from './tool.ts';
import type { ToolFailure } from './tool-metrics.ts';
import { failureResponse, toolResponse } from './tool-results.ts';
import type { OpenToolCall, ToolCallFacts } from './tool-runner-messages.ts';
import { UnusableResultError } from './unusable-result.ts';

/** How a call ended. */
export type ToolOutcome =
  | { readonly failure: null; readonly response: DynamicToolCallResponse }
  | { readonly failure: ToolFailure; readonly error: ToolFailedError };

/** Who runs calls, and hears of them. */
export interface ToolCallHost {
  readonly clock: Clock;
  readonly tasks: TaskSupervisor;
  progressed(call: ToolCall, message: string): void;
  /** Called once, after Codex has been answered. */
  ended(call: ToolCall, outcome: ToolOutcome): void;
}

/** One call of a tool, from its arrival to its end: it is answered once, whatever the tool does. */
export class ToolCall {
  readonly facts: ToolCallFacts;
  /** Null while the call waits. */
  tool: Tool | null = null;
  /** On the runner's clock; null while the call waits. */
  startedAtMs: number | null = null;
  readonly #open: OpenToolCall;
  readonly #host: ToolCallHost;
  /** Aborts with the call's end, whatever that is: what it has asked is withdrawn then. */
  readonly #over = new AbortController();
  #deadline: TimerHandle | null = null;
  #task: Task<unknown> | null = null;
  #ended = false;

  constructor(open: OpenToolCall, host: ToolCallHost) {
    this.facts = open.facts;
    this.#open = open;
    this.#host = host;
    open.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The tool as it is registered now. */
  find(): Tool | undefined {
    return this.#open.find();
  }

  /** Runs the tool as a task of its own. */
  start(tool: Tool): void {
    const { clock, tasks } = this.#host;
    this.tool = tool;
    this.startedAtMs = clock.now();
    this.#deadline = clock.setTimer(tool.timeoutMs, () =>
      this.fail('timed_out', `it did not end within ${tool.timeoutMs} ms`),
    );
    tasks
      .asyncNolink((signal) => this.#run(tool, signal), { id: tool.name })
      .then(
        (task) => this.#watch(task),
        (error: unknown) => this.fail('threw', 'it could not be started', error),
      );
  }

  /** Ends the call with a failure, and its task if it has one. Nothing happens when it has ended. */
  fail(failure: ToolFailure, problem: string, cause?: unknown): void {
    if (this.#ended) return;
    this.#failed(failure, problem, cause);
    this.#stopTask();
  }

  readonly #onAbort = (): void => this.fail('interrupted', 'its turn ended before it did');

  #watch(task: Task<unknown>): void {
    this.#task = task;
    if (this.#ended) this.#stopTask();
    else void task.outcome.then(() => this.fail('interrupted', 'it was stopped'));
  }

  /** Never rejects: a tool that fails is no crash of ours, and needs no report of a supervisor. */
  async #run(tool: Tool, signal: AbortSignal): Promise<void> {
    if (this.#ended) return;
    const reading = await tool.prepare(this.facts.args);
    if (!reading.ok) {
      this.#failed(
        'invalid_arguments',
        `its arguments do not fit (${reading.issues.join('; ')}). Call it with others`,
      );
      return;
    }
    if (this.#ended) return;
    try {
      const result = await reading.value(this.#context(signal));
      await this.#succeed(tool, result);
    } catch (error) {
      if (error instanceof UnusableResultError) this.#failed('invalid_result', error.message, error);
      else this.#failed('threw', messageOf(error), error);
    }
  }

  async #succeed(tool: Tool, result: unknown): Promise<void> {
    const reading =
      tool.output === undefined
        ? { ok: true as const, value: result }
        : await standardReading(tool.output, result);
    if (reading.ok) this.#end({ failure: null, response: await toolResponse(reading.value) });
    else this.#failed('invalid_result', `its result is not what it promises (${reading.issues.join('; ')})`);
  }

  #context(signal: AbortSignal): ToolCallRun {
    const { threadId, turnId, callId } = this.facts;
    return {
      threadId,
      turnId,
      callId,
      signal,
      ask: (question) => this.#open.ask(question, this.#over.signal),
      progress: (message) => {
        if (!this.#ended) this.#host.progressed(this, message);
      },
    };
  }

  #failed(failure: ToolFailure, problem: string, cause?: unknown): void {
    const options = cause === undefined ? undefined : { cause };
    this.#end({ failure, error: new ToolFailedError(this.facts.tool, problem, options) });
  }

  #end(outcome: ToolOutcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#over.abort();
    this.#open.signal.removeEventListener('abort', this.#onAbort);
    if (this.#deadline !== null) this.#host.clock.cancelTimer(this.#deadline);
    const result = outcome.failure === null ? outcome.response : failureResponse(outcome.error.message);
    this.#open.respond({ result });
    this.#host.ended(this, outcome);
  }

  /** Aborts the tool's signal. What it does after that is its own: its result is dropped. */
  #stopTask(): void {
    if (this.#task !== null) this.#host.tasks.terminateChild(this.#task.pid).catch(() => undefined);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error
    ? error.message
    : `it threw ${typeof error === 'string' ? error : typeof error}`;
}
