import { JsonLineDecoder } from '../../protocol/json-line-decoder.ts';
import { encodeMessage, type WireId } from '../../protocol/json-rpc-codec.ts';
import type { WireMessage } from '../../protocol/wire-message.ts';
import type { Clock } from '../../supervisor/clock.ts';
import { EventLoopHold } from './event-loop-hold.ts';
import type { PortCounters } from './port-counters.ts';
import {
  type ProcessCommand,
  type ProcessExit,
  ProcessHandle,
  type ProcessLimits,
} from './process-handle.ts';
import { type RequestLimits, type RequestObserver, RequestTable } from './request-table.ts';
import { type RouteFailure, type RouterLimits, ThreadRouter } from './router.ts';
import type { PortNotification, ServerRequestAnswer } from './thread-route.ts';

/** Why a line was not used. */
export type SkippedLine = 'garbage' | 'too_long' | 'late_response';

/** What a link tells of, synchronously as it happens. None of it may throw. */
export interface LinkListener {
  spawned(pid: number): void;
  spawnFailed(error: NodeJS.ErrnoException): void;
  /** The process is dead, and every line that it wrote has been handled. Open requests are still open. */
  exited(exit: ProcessExit): void;
  lineSkipped(why: SkippedLine, lineBytes: number): void;
  connectionNotified(notification: PortNotification): void;
  mcpNotified?(notification: PortNotification): void;
  routeFailed(failure: RouteFailure): void;
}

export interface LinkLimits extends ProcessLimits, RequestLimits, RouterLimits {
  /** The longest line taken, in bytes; a longer one is skipped and counted. Default 256 MiB. */
  readonly lineBytesMax: number;
}

/**
 * The data plane of a port: one process, its lines, and who they are for. Each line is parsed once and handed on at once; no message
 * between actors, no state chart.
 */
export class AppServerLink {
  readonly requests: RequestTable;
  readonly router: ThreadRouter;
  readonly hold: EventLoopHold;
  readonly #process: ProcessHandle;
  readonly #decoder: JsonLineDecoder;
  readonly #listener: LinkListener;
  #skippedLines = 0;

  /** Starts the process. @throws nothing for an executable that cannot be run: that is `spawnFailed`. */
  constructor(
    command: ProcessCommand,
    listener: LinkListener,
    clock: Clock,
    limits: LinkLimits,
    requestObserver?: RequestObserver,
  ) {
    this.#listener = listener;
    this.#decoder = new JsonLineDecoder((message) => this.#received(message), limits);
    this.requests = new RequestTable(clock, limits, this, requestObserver);
    this.router = new ThreadRouter((id, answer) => this.#answer(id, answer), listener, limits);
    this.#process = new ProcessHandle(
      command,
      {
        spawned: (pid) => listener.spawned(pid),
        spawnFailed: (error) => listener.spawnFailed(error),
        stdout: (chunk) => this.#decoder.push(chunk),
        drained: () => this.requests.resume(),
        exited: (exit) => this.#exited(exit),
      },
      clock,
      limits,
    );
    this.hold = new EventLoopHold(this.#process);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The newest of stderr, bounded. Not redacted. */
  get stderrTail(): string {
    return this.#process.stderrTail;
  }

  get counters(): PortCounters {
    return {
      requestsInFlight: this.requests.inFlight,
      requestsQueued: this.requests.queued,
      lateResponses: this.requests.lateResponses,
      unknownResponses: this.requests.unknownResponses,
      skippedLines: this.#skippedLines,
      droppedNotifications: this.router.droppedNotifications,
      openServerRequests: this.router.openServerRequests,
      routeFailures: this.router.routeFailures,
      attachedThreads: this.router.attachedThreads,
      stderrBytes: this.#process.stderrBytes,
    };
  }

  /** Writes a notification to the server. */
  notify(method: string): void {
    this.#process.write(encodeMessage({ kind: 'notification', method }));
  }

  endStdin(): void {
    this.#process.endStdin();
  }

  /** Signals the whole process group, at once. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    this.#process.signal(name);
  }

  /** Rejects what is open, and everything later, with `error`; forgets the routes. */
  close(error: Error): void {
    this.requests.failAll(error);
    this.router.close();
  }

  // ── What the request table needs ──

  encode(id: number, method: string, params: unknown): string {
    return encodeMessage({ kind: 'request', id, method, params });
  }

  write(line: string | Buffer): boolean {
    return this.#process.write(line);
  }

  busy(isBusy: boolean): void {
    if (isBusy) this.hold.acquire();
    else this.hold.release();
  }

  // ── What the server says ──

  #received(message: WireMessage): void {
    switch (message.kind) {
      case 'notification':
        this.router.notification(message);
        return;
      case 'response':
        this.#settled(this.requests.settle(message.id, { result: message.result }));
        return;
      case 'error':
        this.#settled(this.requests.settle(message.id, { error: message.error }));
        return;
      case 'request':
        this.router.serverRequest(message);
        return;
      case 'garbage':
        this.#skipped(message.reason === 'line_too_long' ? 'too_long' : 'garbage', message.lengthBytes);
        return;
    }
  }

  #settled(how: 'settled' | 'late' | 'unknown'): void {
    if (how !== 'settled') this.#listener.lineSkipped(how === 'late' ? 'late_response' : 'garbage', 0);
  }

  #skipped(why: SkippedLine, lineBytes: number): void {
    this.#skippedLines += 1;
    this.#listener.lineSkipped(why, lineBytes);
  }

  #answer(id: WireId, answer: ServerRequestAnswer): void {
    let line: string;
    try {
      line = encodeMessage(answerMessage(id, answer));
    } catch (error) {
      // Codex must not wait for an answer that cannot be written; who gave it is told by the throw.
      this.#process.write(encodeMessage(answerMessage(id, unwritable)));
      throw error;
    }
    this.#process.write(line);
  }

  #exited(exit: ProcessExit): void {
    // A line without its end is a line too: the process may have died right after it.
    this.#decoder.end();
    this.#listener.exited(exit);
  }
}

const unwritable: ServerRequestAnswer = {
  error: { code: -32603, message: 'the answer could not be written as JSON' },
};

function answerMessage(id: WireId, answer: ServerRequestAnswer) {
  return 'error' in answer
    ? ({ kind: 'error', id, error: answer.error } as const)
    : ({ kind: 'response', id, result: answer.result } as const);
}
