import type { CodexApprovalOptions } from './actors/approvals/approval-option-checks.ts';
import type { ApprovalPolicy } from './actors/approvals/policies/approval-policy.ts';
import { type PortProfile, portProfiles } from './actors/exec-port/profiles.ts';
import type { CodexRetryOptions } from './actors/retry-options.ts';
import type { Tool } from './actors/tools/tool.ts';
import type { WithAttachments } from './files/attachments/turn-attachments.ts';
import { type FileStoreOptions, fileStoreOptionNames } from './files/file-store-options.ts';
import { InvalidOptionError } from './protocol/errors/call-errors.ts';
import type { CodexMcpServers } from './protocol/mcp-server-config.ts';
import { checkCodexOptions } from './protocol/option-checks.ts';
import { checkOptionNames, type OptionNames } from './protocol/option-names.ts';
import {
  type CodexOptions as OfficialCodexOptions,
  type ThreadOptions,
  threadOptionNames,
} from './protocol/thread-options.ts';
import { isRecord } from './protocol/unread.ts';
import type { Inspector } from './supervisor/inspection.ts';
import type { SystemReport } from './supervisor/system-node.ts';

/** Options of a `Codex`: those of the official SDK, and what a supervised runtime adds. */
export interface CodexOptions extends OfficialCodexOptions, CodexApprovalOptions, CodexRetryOptions {
  /** Raw `key=TOML value` settings; they win over `config`. */
  configOverrides?: string[];
  /** `app-server`: many threads on one supervised process. `exec`: one `codex exec` a turn. Defaults to `app-server`. */
  readonly transport?: 'app-server' | 'exec';
  /** `compatible`: the user's own configuration, nothing switched off. `lean`: what a service wants. Defaults to `compatible`. */
  readonly profile?: PortProfile;
  /** The store of attachments: its folder, its limits, its times. Defaults to a folder of its own, which goes when this is closed. */
  readonly files?: FileStoreOptions;
  /**
   * MCP servers that Codex runs for every thread, by name, in the terms of its configuration. They travel with each thread and stand in
   * no argument of a process. Defaults to those of the user's configuration alone; not on the exec transport.
   */
  readonly mcpServers?: CodexMcpServers;
  /** Told of every actor of the tree, in XState's inspection events. Costs time per message. Defaults to nobody. */
  readonly inspect?: Inspector;
  /** Told of what supervisors report: crashes, failed starts, giving up. Defaults to nobody; `telemetry` tells it too. */
  readonly onReport?: (report: SystemReport) => void;
}

/** Options of a thread: those of the official SDK, and what it may call of the application. */
export interface CodexThreadOptions extends ThreadOptions, WithAttachments {
  /**
   * The thread's own tools, besides those of `codex.tools`; made by `defineTool`. Codex offers a thread for ever what it was started
   * with: a resumed thread is not offered others, but is to be given its own again. Defaults to none; not on the exec transport.
   */
  readonly tools?: readonly Tool[];
  /** MCP servers that Codex runs for this thread, besides those of the `Codex`. Defaults to none; not on the exec transport. */
  readonly mcpServers?: CodexMcpServers;
  /** Decides what this thread asks. Defaults to the `approvals` of the `Codex`; not on the exec transport. */
  readonly approvals?: ApprovalPolicy;
}

/** How `Codex` may be told to run turns. */
const transports = ['app-server', 'exec'] as const;

/** Every option of `new Codex`. */
export const codexOptionNames = {
  codexPathOverride: 'official',
  baseUrl: 'official',
  apiKey: 'official',
  config: 'official',
  configOverrides: 'official',
  env: 'official',
  transport: 'own',
  profile: 'own',
  approvals: 'own',
  approvalTimeoutMs: 'own',
  approvalAuditFile: 'own',
  retries: 'own',
  files: 'own',
  mcpServers: 'own',
  inspect: 'own',
  onReport: 'own',
} as const satisfies OptionNames<CodexOptions>;

/** Every option of `startThread` and `resumeThread`. */
export const codexThreadOptionNames = {
  ...threadOptionNames,
  attachments: 'own',
  tools: 'own',
  mcpServers: 'own',
  approvals: 'own',
} as const satisfies OptionNames<CodexThreadOptions>;

/**
 * The options of a `Codex` as they are from now on, checked as far as no part of it does so itself. An empty string is the same as none, as in
 * the official SDK.
 *
 * @throws InvalidOptionError naming the option and what may stand there.
 */
export function givenCodexOptions(options: CodexOptions): CodexOptions {
  checkOptionNames('new Codex', options, codexOptionNames);
  checkCodexOptions(options);
  oneOf('transport', options.transport, transports);
  oneOf('profile', options.profile, portProfiles);
  const { files, inspect, onReport } = options;
  if (files !== undefined) checkOptionNames('files', files, fileStoreOptionNames, 'files');
  if (inspect !== undefined && typeof inspect !== 'function' && !isObserver(inspect))
    throw new InvalidOptionError('inspect', inspect, 'a function, or an observer with next');
  if (onReport !== undefined && typeof onReport !== 'function')
    throw new InvalidOptionError('onReport', onReport, 'a function');
  const { codexPathOverride, baseUrl, apiKey, ...others } = options;
  return {
    ...others,
    ...(codexPathOverride ? { codexPathOverride } : {}),
    ...(baseUrl ? { baseUrl } : {}),
    ...(apiKey ? { apiKey } : {}),
  };
}

function isObserver(value: unknown): boolean {
  return isRecord(value) && (value.next === undefined || typeof value.next === 'function');
}

function oneOf(field: string, value: unknown, accepted: readonly string[]): void {
  if (value === undefined || (typeof value === 'string' && accepted.includes(value))) return;
  throw new InvalidOptionError(field, value, accepted.map((word) => `'${word}'`).join(' or '));
}
