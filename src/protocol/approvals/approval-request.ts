import type { ServerMethod } from '../app-server.ts';

/** The methods by which the app-server asks for an approval or an answer. */
export type ApprovalMethod = Extract<
  ServerMethod,
  | 'item/commandExecution/requestApproval'
  | 'item/fileChange/requestApproval'
  | 'item/permissions/requestApproval'
  | 'item/tool/requestUserInput'
  | 'mcpServer/elicitation/request'
  | 'execCommandApproval'
  | 'applyPatchApproval'
>;

/** Facts that every request has. */
export interface ApprovalRequestFacts {
  /** The protocol method it came by. */
  readonly method: ApprovalMethod;
  readonly threadId: string;
  /** Null where Codex does not tell it: legacy requests, and elicitations outside of a turn. */
  readonly turnId: string | null;
  /** The item that waits for it; null for elicitations. */
  readonly itemId: string | null;
}

/** A path, glob or special place, with the access that is asked for. Codex's own shape; `path` is not interpreted. */
export interface PermissionEntry {
  readonly path:
    | { readonly type: 'path'; readonly path: string }
    | { readonly type: 'glob_pattern'; readonly pattern: string }
    | { readonly type: 'special'; readonly value: Readonly<Record<string, unknown>> };
  readonly access: 'read' | 'write' | 'deny';
}

/** What is asked for beyond the sandbox. */
export interface PermissionProfile {
  readonly network: boolean;
  readonly entries: readonly PermissionEntry[];
}

/** A host and what to do with connections to it, as Codex saves it. */
export interface NetworkPolicyAmendment {
  readonly host: string;
  readonly action: 'allow' | 'deny';
}

/** May this command run? `item/commandExecution/requestApproval`, and the legacy `execCommandApproval`. */
export interface CommandApprovalRequest extends ApprovalRequestFacts {
  readonly kind: 'command';
  /** `writeStdin`: input for a running command; `humanCommand`: one that a person typed. */
  readonly commandKind: 'command' | 'humanCommand' | 'writeStdin';
  /** As one text, as Codex would run it, such as `/bin/bash -lc 'npm test'`; null when only a connection is asked for. */
  readonly command: string | null;
  readonly cwd: string | null;
  /** The model's reason, in its own words: it persuades, it proves nothing. */
  readonly reason: string | null;
  /** Tells several questions of one item apart. */
  readonly approvalId: string | null;
  /** The connection that is asked for, where the question is about the network. */
  readonly network: { readonly host: string; readonly protocol: string } | null;
  /** What the command wants beyond the sandbox. */
  readonly additionalPermissions: PermissionProfile | null;
  /** The command prefix that Codex offers to save as a rule; null when it offers none. */
  readonly proposedExecpolicyAmendment: readonly string[] | null;
  readonly proposedNetworkPolicyAmendments: readonly NetworkPolicyAmendment[];
}

/** One file of a patch. */
export interface ApprovalFileChange {
  /** Absolute. */
  readonly path: string;
  readonly change: 'add' | 'delete' | 'update';
  /** Where the file moves to; null when it stays. */
  readonly movePath: string | null;
  /** The diff of an update, the content of a file that is added or deleted. */
  readonly diff: string;
}

/** May these files change? `item/fileChange/requestApproval`, and the legacy `applyPatchApproval`. */
export interface FileChangeApprovalRequest extends ApprovalRequestFacts {
  readonly kind: 'file_change';
  readonly reason: string | null;
  /** Set when writes below this folder are asked for, for the rest of the session. */
  readonly grantRoot: string | null;
  /** What would change; null when Codex has not told, and then nobody should say yes. */
  readonly changes: readonly ApprovalFileChange[] | null;
}

/** May the sandbox be widened? `item/permissions/requestApproval`. */
export interface PermissionsApprovalRequest extends ApprovalRequestFacts {
  readonly kind: 'permissions';
  readonly cwd: string;
  readonly reason: string | null;
  readonly permissions: PermissionProfile;
}

/** One question to the user. */
export interface UserQuestion {
  readonly id: string;
  readonly header: string;
  readonly question: string;
  /** Whether an answer in the user's own words is welcome beside the options. */
  readonly isOther: boolean;
  /** The answer is a secret: it is not written into audits. */
  readonly isSecret: boolean;
  /** None: the answer is free. */
  readonly options: readonly { readonly label: string; readonly description: string }[];
}

/** What does the user say? `item/tool/requestUserInput`. */
export interface UserInputRequest extends ApprovalRequestFacts {
  readonly kind: 'user_input';
  readonly questions: readonly UserQuestion[];
  /** Whether the turn waits for the answer. */
  readonly isBlocking: boolean;
}

/** An MCP server asks the user something. `mcpServer/elicitation/request`. */
export interface ElicitationRequest extends ApprovalRequestFacts {
  readonly kind: 'elicitation';
  readonly serverName: string;
  readonly message: string;
  /** `form`: content of `requestedSchema` is wanted. `url`: the user is to visit `url`. */
  readonly mode: 'form' | 'url';
  /** JSON Schema of the content; null in mode `url`. */
  readonly requestedSchema: unknown;
  /** Null in mode `form`. */
  readonly url: string | null;
}

/** May this tool of an MCP server be called? Also `mcpServer/elicitation/request`, told apart by its `_meta`. */
export interface McpToolApprovalRequest extends ApprovalRequestFacts {
  readonly kind: 'mcp_tool';
  readonly serverName: string;
  readonly toolName: string;
  readonly toolDescription: string | null;
  /** The arguments of the call. */
  readonly toolParams: unknown;
  readonly message: string;
  /** For how long Codex offers to remember a yes. */
  readonly persist: readonly ('session' | 'always')[];
}

/** Anything that Codex asks in the middle of a turn and a policy or a person can decide. */
export type ApprovalRequest =
  | CommandApprovalRequest
  | FileChangeApprovalRequest
  | PermissionsApprovalRequest
  | UserInputRequest
  | ElicitationRequest
  | McpToolApprovalRequest;

/** What a request is about. */
export type ApprovalKind = ApprovalRequest['kind'];

/** All kinds, in the order of the documentation. */
export const approvalKinds: readonly ApprovalKind[] = [
  'command',
  'file_change',
  'permissions',
  'user_input',
  'elicitation',
  'mcp_tool',
];
