/** The errors of this library, one hierarchy below `CodexError`. docs/errors.md says what to do on each. */

export { ApprovalNotPendingError, ApprovalPolicyError } from './approval-errors.ts';
export { type AutoRunCallback, AutoRunCallbackError } from './auto-run-errors.ts';
export {
  CancelledError,
  InputTooLargeError,
  InvalidOptionError,
  LimitExceededError,
  NotSerializableError,
  QueueFullError,
  ThreadClosedError,
  ThreadOwnedError,
} from './call-errors.ts';
export { CodexError, type CodexErrorOptions } from './codex-error.ts';
export { type CatalogueEntry, type CodexErrorCode, errorCatalogue } from './error-catalogue.ts';
export { GoalStoppedError } from './goal-errors.ts';
export { McpServerError, type McpServerErrorFacts } from './mcp-errors.ts';
export {
  CodexGaveUpError,
  CodexNotFoundError,
  type GivingUpFacts,
  HandshakeError,
  PortExitError,
  type PortExitFacts,
  ProtocolError,
  RequestTimeoutError,
} from './port-errors.ts';
export { redact, redacted, secretsIn } from './redaction.ts';
export { OverloadedError, RpcError, type RpcErrorFacts, rpcError } from './rpc-errors.ts';
export { OutcomeUnknownError, type ThreadStateCode, ThreadStateError } from './thread-errors.ts';
export {
  ApprovalDeniedError,
  ContextWindowExceededError,
  ModelBusyError,
  ModelConnectionError,
  ModelRequestError,
  PolicyError,
  SandboxError,
  SchemaMismatchError,
  ToolFailedError,
  TurnFailedError,
  type TurnFailureFacts,
  TurnInterruptedError,
  UnauthorizedError,
  UsageLimitError,
} from './turn-errors.ts';
export { turnErrorCodes, turnFailure } from './turn-failure.ts';
