/** What the catalogue says of one code. */
export interface CatalogueEntry {
  /** The class that carries the code. */
  readonly className: string;
  /**
   * Whether trying again may succeed without anybody changing anything, unless the facts of the single error say otherwise. It does
   * not say that trying again is safe: after `port_exited` a turn is reconciled first.
   */
  readonly retryable: boolean;
}

const never = false;
const again = true;

/** Every stable code, the class that carries it, and whether it is worth another try. docs/errors.md says what to do on each. */
export const errorCatalogue = {
  // Of our own side: the call, its limits, its end.
  invalid_option: { className: 'InvalidOptionError', retryable: never },
  input_too_large: { className: 'InputTooLargeError', retryable: never },
  not_serializable: { className: 'NotSerializableError', retryable: never },
  queue_full: { className: 'QueueFullError', retryable: again },
  limit_exceeded: { className: 'LimitExceededError', retryable: never },
  thread_closed: { className: 'ThreadClosedError', retryable: never },
  thread_owned: { className: 'ThreadOwnedError', retryable: never },
  cancelled: { className: 'CancelledError', retryable: never },

  // Of an operation on a thread.
  thread_not_found: { className: 'ThreadStateError', retryable: never },
  thread_archived: { className: 'ThreadStateError', retryable: never },
  thread_busy: { className: 'ThreadStateError', retryable: again },
  thread_referenced: { className: 'ThreadStateError', retryable: never },
  thread_ephemeral: { className: 'ThreadStateError', retryable: never },
  thread_lost: { className: 'ThreadStateError', retryable: never },
  thread_legacy: { className: 'ThreadStateError', retryable: never },
  turn_not_found: { className: 'ThreadStateError', retryable: never },
  outcome_unknown: { className: 'OutcomeUnknownError', retryable: never },

  // Of the Codex process and the way to it.
  codex_not_found: { className: 'CodexNotFoundError', retryable: never },
  handshake_failed: { className: 'HandshakeError', retryable: again },
  port_exited: { className: 'PortExitError', retryable: again },
  codex_gave_up: { className: 'CodexGaveUpError', retryable: again },
  protocol_error: { className: 'ProtocolError', retryable: never },
  request_timeout: { className: 'RequestTimeoutError', retryable: never },

  // What the app-server answered to a request.
  rpc_parse_error: { className: 'RpcError', retryable: never },
  rpc_invalid_request: { className: 'RpcError', retryable: never },
  rpc_method_not_found: { className: 'RpcError', retryable: never },
  rpc_invalid_params: { className: 'RpcError', retryable: never },
  rpc_internal_error: { className: 'RpcError', retryable: never },
  rpc_error: { className: 'RpcError', retryable: never },
  overloaded: { className: 'OverloadedError', retryable: again },
  rpc_retry_limit: { className: 'OverloadedError', retryable: never },

  // How a turn ended.
  turn_failed: { className: 'TurnFailedError', retryable: never },
  context_window_exceeded: { className: 'ContextWindowExceededError', retryable: never },
  session_budget_exceeded: { className: 'UsageLimitError', retryable: never },
  usage_limit_exceeded: { className: 'UsageLimitError', retryable: never },
  rate_limit_exceeded: { className: 'ModelBusyError', retryable: again },
  flex_unavailable: { className: 'ModelBusyError', retryable: again },
  server_overloaded: { className: 'ModelBusyError', retryable: again },
  policy_capacity_unavailable: { className: 'ModelBusyError', retryable: again },
  model_not_found: { className: 'ModelRequestError', retryable: never },
  bad_request: { className: 'ModelRequestError', retryable: never },
  unauthorized: { className: 'UnauthorizedError', retryable: never },
  inference_hook_denied: { className: 'PolicyError', retryable: never },
  cyber_policy: { className: 'PolicyError', retryable: never },
  misalignment_policy_violation: { className: 'PolicyError', retryable: never },
  too_many_denials: { className: 'PolicyError', retryable: never },
  http_connection_failed: { className: 'ModelConnectionError', retryable: again },
  response_stream_connection_failed: { className: 'ModelConnectionError', retryable: again },
  response_stream_disconnected: { className: 'ModelConnectionError', retryable: again },
  response_too_many_failed_attempts: { className: 'ModelConnectionError', retryable: again },
  internal_server_error: { className: 'ModelConnectionError', retryable: again },
  thread_rollback_failed: { className: 'TurnFailedError', retryable: never },
  sandbox_error: { className: 'SandboxError', retryable: never },
  active_turn_not_steerable: { className: 'TurnFailedError', retryable: never },
  turn_interrupted: { className: 'TurnInterruptedError', retryable: never },
  turn_cut_off: { className: 'TurnInterruptedError', retryable: never },

  // Within a turn.
  approval_denied: { className: 'ApprovalDeniedError', retryable: never },
  approval_policy_failed: { className: 'ApprovalPolicyError', retryable: never },
  approval_not_pending: { className: 'ApprovalNotPendingError', retryable: never },
  tool_failed: { className: 'ToolFailedError', retryable: never },
  auto_run_callback_failed: { className: 'AutoRunCallbackError', retryable: never },
  mcp_server_failed: { className: 'McpServerError', retryable: again },
  goal_stopped: { className: 'GoalStoppedError', retryable: never },
  schema_mismatch: { className: 'SchemaMismatchError', retryable: again },

  // Of files: handles, paths, copies.
  file_not_found: { className: 'FileError', retryable: never },
  file_access_denied: { className: 'FileError', retryable: never },
  file_outside_roots: { className: 'FileError', retryable: never },
  file_not_regular: { className: 'FileError', retryable: never },
  file_no_space: { className: 'FileError', retryable: never },
  file_io_failed: { className: 'FileError', retryable: never },
  file_changed: { className: 'FileError', retryable: never },
  file_checksum_mismatch: { className: 'FileError', retryable: never },
  file_resume_unsupported: { className: 'FileError', retryable: never },
  file_handle_unknown: { className: 'FileError', retryable: never },
  file_handle_duplicate: { className: 'FileError', retryable: never },
  file_handle_wrong_kind: { className: 'FileError', retryable: never },
  file_handle_closed: { className: 'FileError', retryable: never },
  file_handles_exhausted: { className: 'FileError', retryable: again },
  file_queue_full: { className: 'FileError', retryable: again },
  file_connection_closed: { className: 'FileError', retryable: again },
  file_request_timeout: { className: 'FileError', retryable: again },
  file_store_owned: { className: 'FileError', retryable: never },
  file_cancelled: { className: 'FileError', retryable: never },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;

/** The stable codes of all errors. New ones may come with a minor version; none changes its meaning. */
export type CodexErrorCode = keyof typeof errorCatalogue;
