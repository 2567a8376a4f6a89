import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { McpServerStatus } from './mcp-server-entry.ts';

/** Tells of the life with one MCP server of the application. */
export class McpTelemetry {
  readonly #bus: TelemetryBus | undefined;
  readonly #fields: { readonly path: string; readonly server: string };
  #since = 0;
  #tools = '';

  constructor(bus: TelemetryBus | undefined, path: string, server: string) {
    this.#bus = bus;
    this.#fields = { path, server };
  }

  connecting(nowMs: number): void {
    this.#since = nowMs;
  }

  ready(nowMs: number, { tools }: McpServerStatus): void {
    const startupMs = nowMs - this.#since;
    this.#bus?.publish('mcp.ready', () => ({ ...this.#fields, startupMs, toolCount: tools.length }));
  }

  lost(error: Error, failures: number): void {
    const bus = this.#bus;
    bus?.publish('mcp.lost', () => ({ ...this.#fields, failures, error: bus.error(error) }));
  }

  /** Told when the tools that are offered are others than before. */
  listed({ tools, collisions, leftOut, leftOutAtLeast }: McpServerStatus): void {
    const now = JSON.stringify([tools, collisions, leftOut, leftOutAtLeast]);
    if (now === this.#tools) return;
    this.#tools = now;
    const counts = { toolCount: tools.length, collisions: collisions.length, leftOut, leftOutAtLeast };
    this.#bus?.publish('mcp.tools_changed', () => ({ ...this.#fields, ...counts }));
  }
}
