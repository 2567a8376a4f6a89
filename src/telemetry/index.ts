export { type ErrorSummary, errorMessageLengthMax } from './error-summary.ts';
export { isTelemetryEventName, TELEMETRY_EVENT_NAMES, type TelemetryEventName } from './event-names.ts';
export type {
  ActorFields,
  ApprovalEnd,
  ApprovalFields,
  AttachedFile,
  AttachmentFields,
  ItemFields,
  OrderlyReason,
  PortExit,
  PortFields,
  PortRequestFields,
  ReconciliationVerdict,
  SupervisorChildFields,
  TelemetryEnvelope,
  TelemetryEvent,
  TelemetryEvents,
  TelemetryPayloads,
  ThreadFields,
  ToolFields,
  TurnFields,
  TurnOutcome,
} from './events.ts';
export { outboxMax } from './outbox.ts';
export { Span, type SpanClosed, type SpanContext, type SpanOpened } from './span.ts';
export {
  type SubscriptionOptions,
  subscriberQueueMax,
  type TelemetryHandler,
  type TelemetrySubscription,
} from './subscription.ts';
export { SupervisorEvents, supervisorsWatchedMax } from './supervisor-events.ts';
export {
  subscribersMax,
  TelemetryBus,
  type TelemetryBusOptions,
  telemetryCloseTimeoutMs,
} from './telemetry-bus.ts';
