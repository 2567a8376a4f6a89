import type { Span } from '../../telemetry/span.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { ToolCall, ToolOutcome } from './tool-call.ts';

/** Characters of one progress message that telemetry is told. */
export const progressCharsMax = 500;

/** Publishes what becomes of the calls of tools. Without a bus, or without subscribers, each call is a look-up or two. */
export class ToolTelemetry {
  readonly #bus: TelemetryBus | undefined;
  readonly #path: string;
  readonly #spans = new Map<ToolCall, Span>();

  constructor(bus: TelemetryBus | undefined, path: string) {
    this.#bus = bus;
    this.#path = path;
  }

  started(call: ToolCall): void {
    const span = this.#bus?.span();
    if (span === undefined) return;
    this.#spans.set(call, span);
    this.#bus?.publish('tool.start', () => ({ ...span.opened(), ...this.#fields(call) }));
  }

  progressed(call: ToolCall, message: string): void {
    const text = String(message).slice(0, progressCharsMax);
    this.#bus?.publish('tool.progress', () => ({ ...this.#fields(call), message: text }));
  }

  /** A call that fails before it was started has a span of no length. */
  ended(call: ToolCall, outcome: ToolOutcome): void {
    const bus = this.#bus;
    if (bus === undefined) return;
    if (!this.#spans.has(call)) this.started(call);
    const span = this.#spans.get(call);
    this.#spans.delete(call);
    if (span === undefined) return;
    if (outcome.failure === null) {
      bus.publish('tool.stop', () => ({ ...span.closed(), ...this.#fields(call) }));
      return;
    }
    const { failure, error } = outcome;
    bus.publish('tool.exception', () => ({
      ...span.closed(),
      ...this.#fields(call),
      failure,
      error: bus.error(error),
    }));
  }

  #fields({ facts: { threadId, turnId, callId, tool } }: ToolCall) {
    return { path: this.#path, threadId, turnId, callId, tool };
  }
}
