import type { PortProcessExit } from '../../machines/exec-port-machine.ts';
import type { Span } from '../../telemetry/span.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { SkippedLine } from './app-server-link.ts';
import type { RequestFacts, RequestObserver } from './request-table.ts';
import { threadIdOf } from './thread-route.ts';

const requestEvents = ['port.request.start', 'port.request.stop', 'port.request.exception'] as const;

/** Publishes what a port does. Without a bus, or without subscribers, each call is a look-up or two. */
export class PortTelemetry implements RequestObserver {
  /** Null before the process runs. */
  pid: number | null = null;
  readonly #bus: TelemetryBus | undefined;
  readonly #self: { readonly path: string; readonly incarnation: number };
  readonly #requests = new Map<number, Span>();
  #span: Span | undefined = undefined;

  constructor(bus: TelemetryBus | undefined, self: { readonly path: string; readonly incarnation: number }) {
    this.#bus = bus;
    this.#self = self;
  }

  starting(): void {
    const span = this.#bus?.span();
    if (span === undefined) return;
    this.#span = span;
    const { incarnation } = this.#self;
    this.#bus?.publish('port.start', () => ({ ...span.opened(), ...this.#port(), incarnation }));
  }

  ready(userAgent: string): void {
    const startupMs = this.#span?.durationMs ?? 0;
    this.#bus?.publish('port.ready', () => ({ ...this.#port(), startupMs, userAgent }));
  }

  stopped(exit: PortProcessExit | null): void {
    const span = this.#span;
    if (span === undefined) return;
    this.#bus?.publish('port.stop', () => ({ ...span.closed(), ...this.#port(), ...exitFields(exit) }));
  }

  failed(error: unknown, exit: PortProcessExit | null): void {
    const [bus, span] = [this.#bus, this.#span];
    if (bus === undefined || span === undefined) return;
    bus.publish('port.exception', () => ({
      ...span.closed(),
      ...this.#port(),
      ...exitFields(exit),
      error: bus.error(error),
    }));
  }

  lineSkipped(why: SkippedLine, lineBytes: number): void {
    this.#bus?.publish('port.line_skipped', () => ({ ...this.#port(), lineBytes, why }));
  }

  sent(request: RequestFacts, queuedMs: number): void {
    const bus = this.#bus;
    if (bus === undefined || !requestEvents.some((name) => bus.has(name))) return;
    const span = bus.span(this.#span);
    this.#requests.set(request.id, span);
    bus.publish('port.request.start', () => ({ ...span.opened(), ...this.#request(request), queuedMs }));
  }

  settled(request: RequestFacts, error: unknown): void {
    const [bus, span] = [this.#bus, this.#requests.get(request.id)];
    if (bus === undefined || span === undefined) return;
    this.#requests.delete(request.id);
    if (error === undefined) {
      bus.publish('port.request.stop', () => ({ ...span.closed(), ...this.#request(request) }));
      return;
    }
    bus.publish('port.request.exception', () => ({
      ...span.closed(),
      ...this.#request(request),
      ...rpcCodeOf(error),
      error: bus.error(error),
    }));
  }

  #port() {
    return { path: this.#self.path, pid: this.pid };
  }

  #request({ method, params }: RequestFacts) {
    return { ...this.#port(), method, threadId: threadIdOf({ method, params }) ?? null };
  }
}

function exitFields(exit: PortProcessExit | null): PortProcessExit {
  return exit ?? { exitCode: null, signal: null };
}

function rpcCodeOf(error: unknown): { readonly rpcCode?: number } {
  if (typeof error !== 'object' || error === null || !('rpcCode' in error)) return {};
  return typeof error.rpcCode === 'number' ? { rpcCode: error.rpcCode } : {};
}
