/** OpenAI Codex for long-lived Node services: the official SDK's `Codex` and `Thread`, on a tree of supervised actors. */

export type { ApprovalQueue } from './actors/approvals/approval-queue.ts';
export type {
  ApprovalPolicy,
  ApprovalPolicyContext,
  ApprovalVerdict,
} from './actors/approvals/policies/approval-policy.ts';
export type {
  AutoRunAttempt,
  AutoRunLatency,
  AutoRunProgress,
  AutoRunResult,
} from './actors/auto-run/auto-run-result.ts';
export type { CodexMcpServerStatus } from './actors/mcp/codex-mcp-requests.ts';
export type { CodexMcpStartup } from './actors/mcp/codex-mcp-startups.ts';
export type { McpServerState, McpServerStatus } from './actors/mcp/mcp-server-entry.ts';
export type {
  McpHttpServer,
  McpServerOptions,
  McpStdioServer,
} from './actors/mcp/mcp-server-options.ts';
export type { McpListener, McpNews, McpServerHandle, McpServers } from './actors/mcp/mcp-servers.ts';
export type { CodexRetryOptions, RetryOptions } from './actors/retry-options.ts';
export type { ForkBounds } from './actors/thread-operations/history-operations.ts';
export type { Page } from './actors/thread-operations/listing.ts';
export type {
  ThreadCatalogue,
  ThreadListOptions,
  TurnListOptions,
} from './actors/thread-operations/thread-catalogue.ts';
export type {
  LabelledThread,
  ThreadLabels,
  ThreadMetadata,
} from './actors/thread-operations/thread-labels.ts';
export type { QueuedTurn, ThreadQueue, WaitingTurn } from './actors/thread-operations/thread-queue.ts';
export {
  defineTool,
  type StagedFile,
  type Tool,
  type ToolCallContext,
  type ToolContent,
  type ToolContentResult,
  type ToolDefinition,
} from './actors/tools/tool.ts';
export type { ToolFailure, ToolMetrics } from './actors/tools/tool-metrics.ts';
export type { RegisterToolOptions, ToolAudience, ToolHandle, ToolTable } from './actors/tools/tool-table.ts';
export type { TurnResult } from './actors/turn-collector.ts';
export type { TurnEvent } from './actors/turn-event-queue.ts';
export type { AutoRunOptions } from './auto-run.ts';
export { Codex } from './codex.ts';
export type { CodexOptions, CodexThreadOptions } from './codex-options.ts';
export type { GoalRunOptions, GoalRunResult } from './goal-run.ts';
export type {
  AgentMessageItem,
  CommandExecutionItem,
  ErrorItem,
  FileChangeItem,
  Input,
  ItemCompletedEvent,
  ItemStartedEvent,
  ItemUpdatedEvent,
  McpContentBlock,
  McpResource,
  McpToolCallItem,
  ReasoningItem,
  RunResult,
  ThreadEvent,
  ThreadItem,
  ThreadOptions,
  TodoListItem,
  WebSearchItem,
} from './official-types.ts';
export type { ForkOptions, OperableThread, TaskOptions } from './operable-thread.ts';
export {
  CancelledError,
  CodexError,
  type CodexErrorCode,
  CodexNotFoundError,
  ContextWindowExceededError,
  HandshakeError,
  InputTooLargeError,
  InvalidOptionError,
  LimitExceededError,
  ModelBusyError,
  ModelConnectionError,
  ModelRequestError,
  NotSerializableError,
  OverloadedError,
  PolicyError,
  PortExitError,
  ProtocolError,
  QueueFullError,
  RequestTimeoutError,
  RpcError,
  SandboxError,
  SchemaMismatchError,
  ThreadClosedError,
  ThreadOwnedError,
  TurnFailedError,
  TurnInterruptedError,
  UnauthorizedError,
  UsageLimitError,
} from './protocol/errors/index.ts';
export type {
  ItemDeltaEvent,
  ThreadError,
  ThreadErrorEvent,
  ThreadStartedEvent,
  TurnCompletedEvent,
  TurnFailedEvent,
  TurnRetryEvent,
  TurnStartedEvent,
  Usage,
} from './protocol/exec-events.ts';
export type { ThreadItem as AnyThreadItem } from './protocol/exec-items.ts';
export type { Goal, GoalStatus } from './protocol/goal.ts';
export type {
  CodexMcpHttpServer,
  CodexMcpServer,
  CodexMcpServers,
  CodexMcpStdioServer,
} from './protocol/mcp-server-config.ts';
export type { PageOptions, ReviewTarget } from './protocol/operation-checks.ts';
export type { OutputOf, OutputSchema } from './protocol/structured-output/output-format.ts';
export type { StandardSchema } from './protocol/structured-output/standard-schema.ts';
export type {
  ApprovalMode,
  CyberAccessProgram,
  ModelReasoningEffort,
  SandboxMode,
  ThreadHistoryMode,
  TurnOptions,
  WebSearchMode,
} from './protocol/thread-options.ts';
export type { ThreadRecord, TurnRecord } from './protocol/thread-records.ts';
export type { UserInput } from './protocol/user-input.ts';
export type { StructuredTurnOptions, StructuredTurnResult } from './structured-turn.ts';
export {
  type RunStreamedResult,
  type StreamedTurn,
  Thread,
} from './thread.ts';
export type { StreamedTurnOptions } from './turn-options.ts';
