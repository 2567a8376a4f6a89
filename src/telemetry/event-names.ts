/**
 * The name of every telemetry event, in the order of docs/telemetry.md.
 *
 * `start`, `stop` and `exception` are the two ends of a span, as in Erlang's `telemetry:span/3`: each `start` is followed by exactly
 * one `stop` or `exception` with the same `span.spanId`. All other names are single points in time.
 *
 * The list is public surface: adding a name is a minor release, renaming or removing one a major release.
 */
export const TELEMETRY_EVENT_NAMES = [
  'thread.start',
  'thread.stop',
  'thread.exception',
  'thread.recovering',
  'thread.resumed',
  'turn.start',
  'turn.stop',
  'turn.exception',
  'turn.reconciled',
  'turn.retry',
  'item.start',
  'item.stop',
  'item.exception',
  'auto_run.start',
  'auto_run.attempt',
  'auto_run.retry',
  'auto_run.stop',
  'auto_run.exception',
  'approval.start',
  'approval.stop',
  'approval.exception',
  'tool.start',
  'tool.progress',
  'tool.stop',
  'tool.exception',
  'mcp.ready',
  'mcp.lost',
  'mcp.tools_changed',
  'mcp.startup',
  'mcp.login_completed',
  'port.start',
  'port.stop',
  'port.exception',
  'port.ready',
  'port.line_skipped',
  'port.request.start',
  'port.request.stop',
  'port.request.exception',
  'attachment.staged',
  'attachment.removed',
  'supervisor.start',
  'supervisor.stop',
  'supervisor.exception',
  'supervisor.ready',
  'supervisor.child_ended',
  'supervisor.child_failed',
  'actor.mailbox_overflow',
  'actor.kill_hook_failed',
] as const;

/** The name of a telemetry event, such as `turn.stop`. */
export type TelemetryEventName = (typeof TELEMETRY_EVENT_NAMES)[number];

/** Whether a string is the name of a telemetry event; for names that come from configuration or a command line. */
export function isTelemetryEventName(name: string): name is TelemetryEventName {
  const names: readonly string[] = TELEMETRY_EVENT_NAMES;
  return names.includes(name);
}
