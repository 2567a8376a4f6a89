import type {
  AppServerSandboxMode,
  AskForApproval,
  JsonValue,
  SandboxPolicy,
  ThreadResumeParams,
  ThreadStartParams,
  TurnStartParams,
  TurnSteerParams,
} from './app-server.ts';
import { type CodexMcpServers, mcpServerSettings } from './mcp-server-config.ts';
import type { OptionNames } from './option-names.ts';
import type { CodexConfigObject } from './toml.ts';
import { appServerInput, type Input } from './user-input.ts';

/** When Codex asks before it acts. `on-failure` is read as `on-request`, as Codex itself does since 0.169. */
export type ApprovalMode = 'never' | 'on-request' | 'on-failure' | 'untrusted';

/** What commands may touch. */
export type SandboxMode = 'read-only' | 'workspace-write' | 'danger-full-access';

/** How long the model thinks; each model takes some of these. */
export type ModelReasoningEffort =
  | 'none'
  | 'minimal'
  | 'low'
  | 'medium'
  | 'high'
  | 'xhigh'
  | 'max'
  | 'ultra'
  | 'persistent';

/** Whether and how the model searches the web. */
export type WebSearchMode = 'disabled' | 'cached' | 'indexed' | 'live';

/** How Codex keeps a thread: as pages, or as one growing list. */
export type ThreadHistoryMode = 'paginated' | 'legacy';

/** An experimental programme of OpenAI's own provider. */
export type CyberAccessProgram = 'standard' | 'daybreak_blue' | 'daybreak_red';

/** What the official SDK's `new Codex(options)` takes. */
export interface CodexOptions {
  /** The executable to run. Default: that of the installed `@openai/codex`. */
  codexPathOverride?: string;
  /** Base URL of the built-in `openai` provider. */
  baseUrl?: string;
  /** Never logged, never an argument of a process. Default: the user's own login. */
  apiKey?: string;
  /** Settings, flattened to dotted TOML keys. */
  config?: CodexConfigObject;
  /** Raw `key=TOML value` settings; they win over `config`. */
  configOverrides?: readonly string[];
  /** The whole environment of the Codex process. Default: that of this process. */
  env?: Readonly<Record<string, string>>;
}

/** What the official SDK's `startThread` and `resumeThread` take. What is left out is as the user's configuration says. */
export interface ThreadOptions {
  model?: string;
  /** A classification for the statistics; new threads only. */
  threadSource?: string;
  sandboxMode?: SandboxMode;
  /** Default: the working directory of this process. */
  workingDirectory?: string;
  /** Of the exec transport; the app-server does not check. */
  skipGitRepoCheck?: boolean;
  modelReasoningEffort?: ModelReasoningEffort;
  /** Network access of commands in `workspace-write`. */
  networkAccessEnabled?: boolean;
  /** Wins over `webSearchEnabled`. */
  webSearchMode?: WebSearchMode;
  /** True is `live`, false `disabled`. */
  webSearchEnabled?: boolean;
  approvalPolicy?: ApprovalMode;
  /** Further folders that commands may write to in `workspace-write`; relative ones start at the working directory. */
  additionalDirectories?: readonly string[];
  /**
   * Codex keeps nothing of the thread on disk, and its turns are faster. It cannot be resumed, also not after its Codex process has
   * died, nor forked, reverted, named, labelled, archived or deleted. New threads only; not on the exec transport. Default: false.
   */
  ephemeral?: boolean;
  /**
   * How Codex keeps the thread on disk. Only a `paginated` thread can be reverted; a turn of a `legacy` one takes about a quarter less
   * time. New threads only; not on the exec transport. Default: what Codex does, `paginated`; with the `lean` profile `legacy`.
   */
  historyMode?: ThreadHistoryMode;
}

/** Every option of a thread that both transports or the app-server have of themselves. */
export const threadOptionNames = {
  model: 'official',
  threadSource: 'official',
  sandboxMode: 'official',
  workingDirectory: 'official',
  skipGitRepoCheck: 'official',
  modelReasoningEffort: 'official',
  networkAccessEnabled: 'official',
  webSearchMode: 'official',
  webSearchEnabled: 'official',
  approvalPolicy: 'official',
  additionalDirectories: 'official',
  ephemeral: 'own',
  historyMode: 'own',
} as const satisfies OptionNames<ThreadOptions>;

/** The options of a thread, with what the official SDK does not have. */
export interface OwnThreadOptions extends ThreadOptions {
  /** MCP servers that Codex runs for the thread. */
  readonly mcpServers?: CodexMcpServers | undefined;
}

/** What the official SDK's `run` and `runStreamed` take. */
export interface TurnOptions {
  cyberAccessProgram?: CyberAccessProgram;
  /** A JSON Schema, as a plain object, for the final message. Codex passes it on and does not check the answer. */
  outputSchema?: unknown;
  /** Interrupts the turn; the thread stays usable. */
  signal?: AbortSignal;
}

/** The params of `thread/start` for options that `checkThreadOptions` has seen. */
export function threadStartParams(
  options: OwnThreadOptions,
  settings: ThreadSettings = {},
): ThreadStartParams {
  const { ephemeral, historyMode, threadSource } = options;
  return {
    ...sharedParams(options, settings),
    ...(threadSource === undefined ? {} : { threadSource }),
    ...(historyMode === undefined ? {} : { historyMode }),
    ...(ephemeral === true ? { ephemeral } : {}),
  };
}

/** The params of `thread/resume`. Codex keeps what is left out as it was when the thread last ran. */
export function threadResumeParams(
  threadId: string,
  options: OwnThreadOptions,
  settings: ThreadSettings = {},
): ThreadResumeParams {
  return { threadId, ...sharedParams(options, settings) };
}

/** Settings of one Codex thread besides its options, by dotted key. The options win. */
export type ThreadSettings = Readonly<Record<string, JsonValue>>;

type SharedParams = Pick<
  ThreadStartParams & ThreadResumeParams,
  'model' | 'cwd' | 'approvalPolicy' | 'sandbox' | 'config'
>;

function sharedParams(options: OwnThreadOptions, settings: ThreadSettings): SharedParams {
  const { model, workingDirectory, approvalPolicy, sandboxMode } = options;
  const config = { ...settings, ...threadConfig(options) };
  const sandbox: AppServerSandboxMode | undefined = sandboxMode;
  return {
    ...(isGiven(model) ? { model } : {}),
    ...(isGiven(workingDirectory) ? { cwd: workingDirectory } : {}),
    ...(approvalPolicy === undefined ? {} : { approvalPolicy: askForApproval(approvalPolicy) }),
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(Object.keys(config).length === 0 ? {} : { config }),
  };
}

/** As in the official SDK, an empty string is the same as none. */
function isGiven(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}

function askForApproval(policy: ApprovalMode): AskForApproval {
  return policy === 'on-failure' ? 'on-request' : policy;
}

/** What the protocol has no field for goes into the thread's configuration, under the keys that exec gives to `--config`. */
function threadConfig(options: OwnThreadOptions): { [key: string]: JsonValue } {
  const { modelReasoningEffort, networkAccessEnabled, additionalDirectories = [] } = options;
  const webSearch = webSearchSetting(options);
  return {
    ...(modelReasoningEffort === undefined ? {} : { model_reasoning_effort: modelReasoningEffort }),
    ...(networkAccessEnabled === undefined
      ? {}
      : { 'sandbox_workspace_write.network_access': networkAccessEnabled }),
    ...(additionalDirectories.length === 0
      ? {}
      : { 'sandbox_workspace_write.writable_roots': [...additionalDirectories] }),
    ...(webSearch === undefined ? {} : { web_search: webSearch }),
    ...mcpServerSettings(options.mcpServers),
  };
}

/** The one setting that two options speak of: `webSearchMode` wins. */
export function webSearchSetting({
  webSearchMode,
  webSearchEnabled,
}: ThreadOptions): WebSearchMode | undefined {
  if (webSearchMode !== undefined) return webSearchMode;
  if (webSearchEnabled === undefined) return undefined;
  return webSearchEnabled ? 'live' : 'disabled';
}

/**
 * The sandbox in the spelling of `turn/start.sandboxPolicy`; `thread/start.sandbox` has another. Undefined when the options name none.
 *
 * @param writableRoots Absolute paths of `additionalDirectories`.
 */
export function sandboxPolicy(
  options: ThreadOptions,
  writableRoots: readonly string[],
): SandboxPolicy | undefined {
  const { sandboxMode, networkAccessEnabled = false } = options;
  switch (sandboxMode) {
    case undefined:
      return undefined;
    case 'read-only':
      return { type: 'readOnly', networkAccess: false };
    case 'danger-full-access':
      return { type: 'dangerFullAccess' };
    case 'workspace-write':
      return {
        type: 'workspaceWrite',
        writableRoots: [...writableRoots],
        networkAccess: networkAccessEnabled,
        excludeTmpdirEnvVar: false,
        excludeSlashTmp: false,
      };
  }
}

/** One turn to submit. */
export interface TurnSubmission {
  /** Made by the client; Codex keeps it as `userMessage.clientId`, and does not refuse a second one of the same name. */
  readonly messageId: string;
  readonly input: Input;
  readonly outputSchema?: Readonly<Record<string, unknown>> | undefined;
  readonly cyberAccessProgram?: CyberAccessProgram | undefined;
}

/**
 * The params of `turn/start`.
 *
 * @throws InvalidOptionError, InputTooLargeError for an input that Codex would refuse.
 */
export function turnStartParams(threadId: string, turn: TurnSubmission): TurnStartParams {
  const { messageId, outputSchema, cyberAccessProgram } = turn;
  return {
    threadId,
    clientUserMessageId: messageId,
    input: appServerInput(turn.input),
    ...(outputSchema === undefined ? {} : { outputSchema: jsonValue(outputSchema) }),
    ...(cyberAccessProgram === undefined ? {} : { cyberAccessProgram: programSpellings[cyberAccessProgram] }),
  };
}

/**
 * The params of a `turn/start` that says nothing new: the model is asked again with the thread as it is. For a turn that failed after Codex
 * had taken its input.
 */
export function turnContinuationParams(threadId: string, turn: TurnSubmission): TurnStartParams {
  return { ...turnStartParams(threadId, turn), input: [] };
}

/** The protocol spells in camel case what exec's argument spells with underscores. */
const programSpellings = {
  standard: 'standard',
  daybreak_blue: 'daybreakBlue',
  daybreak_red: 'daybreakRed',
} as const;

/**
 * The params of `turn/steer`.
 *
 * @throws InvalidOptionError, InputTooLargeError for an input that Codex would refuse.
 */
export function turnSteerParams(threadId: string, expectedTurnId: string, input: Input): TurnSteerParams {
  return { threadId, expectedTurnId, input: appServerInput(input) };
}

/** A schema as what will travel of it. `checkTurnOptions` has seen that it can. */
function jsonValue(value: Readonly<Record<string, unknown>>): JsonValue {
  const parsed: JsonValue = JSON.parse(JSON.stringify(value));
  return parsed;
}
