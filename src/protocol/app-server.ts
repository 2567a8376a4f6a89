import type {
  ClientRequest,
  ClientRequestResults,
  ServerNotification,
  ServerRequest,
  ServerRequestResults,
} from './generated/app-server-schema.ts';

/** The types of the pinned binary, by the names that the runtime uses. Their declarations are generated; git ignores them. */
export type {
  /** When the app-server asks for approvals; `thread/start.approvalPolicy`. */
  AskForApproval,
  /** Every request that a client can make, by method. */
  ClientRequest,
  /** The kinds of failure that Codex tells apart; open, newer ones pass. */
  CodexErrorInfo,
  /** A part of what a dynamic tool answers. */
  DynamicToolCallOutputContentItem,
  /** The answer to `item/tool/call`. */
  DynamicToolCallResponse,
  /** A tool of the client, as `thread/start` takes it. */
  DynamicToolSpec,
  /** Any JSON. */
  JsonValue,
  /** Names a request. */
  RequestId,
  /** What a review looks at, in the spelling of `review/start`. */
  ReviewTarget,
  /** The sandbox in the spelling of `thread/start.sandbox`. */
  SandboxMode as AppServerSandboxMode,
  /** The sandbox in the spelling of `turn/start.sandboxPolicy`. */
  SandboxPolicy,
  /** Everything that the app-server tells, by method. */
  ServerNotification,
  /** Everything that the app-server asks of its client, by method. */
  ServerRequest,
  /** A thread as the app-server describes it. */
  Thread as AppServerThread,
  /** A goal as the app-server describes it. */
  ThreadGoal,
  /** An item as the app-server describes it. */
  ThreadItem as AppServerItem,
  /** The params of `thread/resume`. */
  ThreadResumeParams,
  /** The params of `thread/settings/update`. */
  ThreadSettingsUpdateParams,
  /** The params of `thread/start`. */
  ThreadStartParams,
  /** The tokens of a thread: in all, and of the last answer of the model. */
  ThreadTokenUsage,
  /** Tokens by kind. */
  TokenUsageBreakdown,
  /** A turn as the app-server describes it. */
  Turn as AppServerTurn,
  /** Why a turn failed. */
  TurnError,
  /** The params of `turn/start`. */
  TurnStartParams,
  /** Where a turn stands. */
  TurnStatus,
  /** The params of `turn/steer`. */
  TurnSteerParams,
  /** A part of what the user says, in the spelling of the app-server. */
  UserInput as AppServerUserInput,
} from './generated/app-server-schema.ts';

/** Every method that a client can ask of the app-server, such as `thread/start`. */
export type ClientMethod = ClientRequest['method'];

/**
 * The method table: what each client request carries and what answers it, as the pinned binary states it.
 *
 * @example function request<M extends ClientMethod>(method: M, params: ClientRequests[M]['params']): Promise<ClientRequests[M]['result']>
 */
export type ClientRequests = {
  readonly [M in ClientMethod]: {
    readonly params: Extract<ClientRequest, { method: M }>['params'];
    readonly result: ClientRequestResults[M];
  };
};

/** Every method that the app-server notifies of, such as `item/completed`. */
export type NotificationMethod = ServerNotification['method'];

/** The notification of one method. */
export type NotificationOf<M extends NotificationMethod> = Extract<ServerNotification, { method: M }>;

/** What the notification of a method carries. */
export type NotificationParams<M extends NotificationMethod> = NotificationOf<M>['params'];

/** Every method that the app-server asks of its client, such as `item/tool/call`. */
export type ServerMethod = ServerRequest['method'];

/** What each request of the server carries, and the answer it wants. */
export type ServerRequests = {
  readonly [M in ServerMethod]: {
    readonly params: Extract<ServerRequest, { method: M }>['params'];
    readonly result: ServerRequestResults[M];
  };
};
