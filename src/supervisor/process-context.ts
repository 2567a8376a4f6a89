import type { InspectionEvent } from 'xstate';
import type { ActorContext, Address, CallOptions, MonitorRef, Pid, Request } from './behaviour.ts';
import type { Clock } from './clock.ts';
import type { ExitReason } from './exit-reason.ts';
import { checkExitReason } from './exit-reason-check.ts';
import { checkMilliseconds } from './invalid-option.ts';
import { Monitor } from './monitor.ts';
import type { Process } from './process.ts';

/** Who looks into XState actors that a plain actor runs within itself. */
export interface InnerInspection {
  /** The callback for the XState system `id` within the actor `pid`. It must not throw. */
  innerInspectorOf(pid: Pid, id: string): (event: InspectionEvent) => void;
}

/** What a context needs of its runtime. */
export interface ContextHost {
  readonly clock: Clock;
  /** Set while somebody inspects. */
  readonly inspection: InnerInspection | undefined;
  send(source: Process | undefined, to: Address, message: unknown): void;
  request<Reply>(
    caller: Process | undefined,
    to: Address,
    request: Request<Reply> | object,
    options?: CallOptions,
  ): Promise<Reply>;
  monitor(watcher: Process, target: Address): Monitor;
  whereis<M>(address: Address<M>): Pid<M> | undefined;
}

/** The context of one process: its runtime, seen from inside of the process. */
export class ProcessContext<M> implements ActorContext<M> {
  readonly #host: ContextHost;
  readonly #process: Process;

  constructor(host: ContextHost, process: Process) {
    this.#host = host;
    this.#process = process;
  }

  get self(): Pid<M> {
    return this.#process;
  }

  get clock(): Clock {
    return this.#host.clock;
  }

  get signal(): AbortSignal {
    return this.#process.signalOfEnd;
  }

  get inspectInner(): ((id: string) => (event: InspectionEvent) => void) | undefined {
    const { inspection } = this.#host;
    return inspection && ((id) => inspection.innerInspectorOf(this.#process, id));
  }

  cast<Message>(to: Address<Message>, message: Message): void {
    this.#host.send(this.#process, to, message);
  }

  call<Reply>(to: Address, request: Request<Reply> | object, options?: CallOptions): Promise<Reply> {
    return this.#host.request(this.#process, to, request, options);
  }

  whereis<Message>(address: Address<Message>): Pid<Message> | undefined {
    return this.#host.whereis(address);
  }

  monitor(target: Address): MonitorRef {
    return this.#host.monitor(this.#process, target);
  }

  demonitor(monitor: MonitorRef): void {
    if (monitor instanceof Monitor && monitor.watcher === this.#process) monitor.drop();
  }

  sendAfter(delayMs: number, message: M): () => void {
    checkMilliseconds('delayMs', delayMs, 0);
    return this.#process.sendAfter(delayMs, message);
  }

  exit(reason: ExitReason): void {
    checkExitReason(reason);
    this.#process.requestExit(reason);
  }
}
