import type { Usage } from '../protocol/exec-events.ts';
import type { ErrorSummary } from './error-summary.ts';
import type { TelemetryEventName } from './event-names.ts';
import type { SpanClosed, SpanOpened } from './span.ts';

/** Where in the supervision tree an event comes from. */
export interface ActorFields {
  /** The actor's stable address, such as `codex/ports/0`; survives restarts. */
  readonly path: string;
}

/** Which Codex thread an event is about. */
export interface ThreadFields extends ActorFields {
  /** Codex's id of the thread; null until Codex has named it. */
  readonly threadId: string | null;
}

/** Which turn an event is about. */
export interface TurnFields extends ThreadFields {
  /** Codex's id of the turn; null until Codex has named it. */
  readonly turnId: string | null;
}

/** Which item of a turn an event is about. */
export interface ItemFields extends TurnFields {
  /** Codex's id of the item, unique within its thread. */
  readonly itemId: string;
  /** Codex's type of the item, such as `commandExecution` or `agentMessage`; new types pass through. */
  readonly itemType: string;
}

/** Which attempt of an auto-run an event is about. */
export interface AttemptFields extends ThreadFields {
  /** Which turn of the run, from 1. */
  readonly turn: number;
  /** Which attempt at it, from 1. */
  readonly attempt: number;
}

/** What an auto-run came to. */
export interface AutoRunEnd {
  /** Turns that completed. */
  readonly turnCount: number;
  readonly attemptCount: number;
  /** Of all attempts. */
  readonly usage: Usage;
}

/** Which question of Codex an event is about. Its content is never part of an event. */
export interface ApprovalFields extends ActorFields {
  /** Names it in the queue of approvals. */
  readonly approvalId: string;
  /** What is asked for, such as `command` or `file_change`. */
  readonly approvalKind: string;
  readonly threadId: string;
  /** Null where Codex does not tell it. */
  readonly turnId: string | null;
  readonly itemId: string | null;
}

/** How an approval ended. */
export interface ApprovalEnd {
  readonly status: 'accepted' | 'declined' | 'cancelled' | 'expired';
  /** Who ended it. */
  readonly by: 'policy' | 'person' | 'deadline' | 'codex' | 'runtime';
}

/** Which call of a tool of the application an event is about. Its arguments and its result are never part of an event. */
export interface ToolFields extends ActorFields {
  /** The tool's name. */
  readonly tool: string;
  /** Codex's id of the call. */
  readonly callId: string;
  readonly threadId: string;
  readonly turnId: string;
}

/** Which MCP server an event is about. */
export interface McpServerFields extends ActorFields {
  /** The server's name. */
  readonly server: string;
}

/** Which Codex process an event is about. */
export interface PortFields extends ActorFields {
  /** The operating system's process id; null before the process runs. */
  readonly pid: number | null;
}

/** Which JSON-RPC request an event is about. */
export interface PortRequestFields extends PortFields {
  /** The protocol method, such as `turn/start`. Its parameters are never part of an event. */
  readonly method: string;
  /** The thread it concerns; null for requests about the whole process. */
  readonly threadId: string | null;
}

/** Which staged file an event is about. */
export interface AttachmentFields extends ActorFields {
  /** The SHA-256 of its content, which is its id. */
  readonly attachmentId: string;
  readonly sizeBytes: number;
}

/** A staged file that a turn is given. */
export interface AttachedFile extends Omit<AttachmentFields, keyof ActorFields> {
  readonly attachmentName: string;
  readonly contentType: string;
}

/** Which child of a supervisor an event is about; `path` is the supervisor's. */
export interface SupervisorChildFields extends ActorFields {
  /** The child's id in its child spec. */
  readonly childId: string;
}

/** How a turn ended that Codex itself ended. */
export type TurnOutcome = 'completed' | 'failed' | 'interrupted';

/** What was found when a turn's process had died: its result, a cut-off turn, or nothing, so that it was submitted again. */
export type ReconciliationVerdict = 'delivered' | 'cut_off' | 'resubmitted';

/** How an actor ended in order; the detail of `{ shutdown: detail }` is left out. */
export type OrderlyReason = 'normal' | 'shutdown';

interface Failed {
  readonly error: ErrorSummary;
}

/** What each event carries, apart from the fields that every event has (`name`, `timestampMs`). */
export interface TelemetryPayloads {
  'thread.start': SpanOpened & ThreadFields & { readonly resumed: boolean };
  'thread.stop': SpanClosed & ThreadFields & { readonly turnCount: number };
  'thread.exception': SpanClosed & ThreadFields & Failed;
  'thread.recovering': ThreadFields & Failed;
  'thread.resumed': ThreadFields & { readonly recoveryMs: number };

  'turn.start': SpanOpened &
    TurnFields & {
      readonly queuedMs: number;
      /** The staged files that the turn is given. Present when there are any. */
      readonly attachments?: readonly AttachedFile[];
    };
  'turn.stop': SpanClosed &
    TurnFields & {
      readonly outcome: TurnOutcome;
      /** The turn's own tokens, in the shape a thread's results have; null where Codex reported none. */
      readonly usage: Usage | null;
      /** Present when `outcome` is `failed`. */
      readonly error?: ErrorSummary;
    };
  'turn.exception': SpanClosed & TurnFields & Failed;
  'turn.reconciled': TurnFields & { readonly verdict: ReconciliationVerdict };
  /** A try of the turn failed, and another follows after `delayMs`. */
  'turn.retry': TurnFields &
    Failed & {
      /** Who tries again: this library, or Codex itself. */
      readonly by: 'runtime' | 'codex';
      /** Which try failed, counted from 1 since the turn last got ahead; null where Codex does not count. */
      readonly attempt: number | null;
      readonly attemptsMax: number | null;
      /** Null where Codex does not say. */
      readonly delayMs: number | null;
    };

  'item.start': SpanOpened & ItemFields;
  'item.stop': SpanClosed &
    ItemFields & {
      /** Codex's own status word, such as `completed`, `failed`, `declined`; null for items without one. */
      readonly status: string | null;
      /** Present for commands that ran. */
      readonly exitCode?: number;
    };
  'item.exception': SpanClosed & ItemFields & Failed;

  'auto_run.start': SpanOpened & ThreadFields;
  /** An attempt at a turn has ended. */
  'auto_run.attempt': AttemptFields & {
    readonly status: 'completed' | 'failed';
    readonly durationMs: number;
    readonly usage: Usage;
    /** Present when `status` is `failed`. */
    readonly error?: ErrorSummary;
  };
  /** After this attempt another one follows, `delayMs` from now. */
  'auto_run.retry': AttemptFields & Failed & { readonly delayMs: number };
  'auto_run.stop': SpanClosed &
    ThreadFields &
    AutoRunEnd & {
      readonly outcome: 'done' | 'exhausted' | 'interrupted';
      /** The option whose limit was reached; present when `outcome` is `exhausted`. */
      readonly limit?: string;
    };
  'auto_run.exception': SpanClosed & ThreadFields & AutoRunEnd & Failed;

  'approval.start': SpanOpened & ApprovalFields;
  'approval.stop': SpanClosed & ApprovalFields & ApprovalEnd;
  /** The policy failed, or a limit was reached; the request was declined. */
  'approval.exception': SpanClosed & ApprovalFields & ApprovalEnd & Failed;

  'tool.start': SpanOpened & ToolFields;
  /** In the tool's own words. */
  'tool.progress': ToolFields & { readonly message: string };
  'tool.stop': SpanClosed & ToolFields;
  'tool.exception': SpanClosed &
    ToolFields &
    Failed & {
      /** Why, such as `threw`, `timed_out` or `interrupted`; see `ToolFailure`. */
      readonly failure: string;
    };

  /** A server of the application is usable, at first or again. */
  'mcp.ready': McpServerFields & { readonly startupMs: number; readonly toolCount: number };
  /** It cannot be reached, or is no longer there. */
  'mcp.lost': McpServerFields & Failed & { readonly failures: number };
  /** Other tools than before are offered; `collisions` and `leftOut` are not. */
  'mcp.tools_changed': McpServerFields & {
    readonly toolCount: number;
    readonly collisions: number;
    readonly leftOut: number;
    /** Whether more than `leftOut` may be left out: the list has more pages than are read. */
    readonly leftOutAtLeast: boolean;
  };
  /** A server that Codex runs is starting, ready, or has failed. */
  'mcp.startup': McpServerFields & {
    /** The thread that it is started for; null for none. */
    readonly threadId: string | null;
    /** Codex's own word: `starting`, `ready`, `failed`, `cancelled`. */
    readonly status: string;
    /** Present when `status` is `failed`. */
    readonly error?: ErrorSummary;
  };
  /** A login that was begun with `codex.mcp.login` has ended. */
  'mcp.login_completed': McpServerFields & {
    readonly threadId: string | null;
    readonly success: boolean;
    readonly error?: ErrorSummary;
  };

  'port.start': SpanOpened & PortFields & { readonly incarnation: number };
  'port.stop': SpanClosed & PortFields & PortExit;
  'port.exception': SpanClosed & PortFields & PortExit & Failed;
  'port.ready': PortFields & { readonly startupMs: number; readonly userAgent: string };
  'port.line_skipped': PortFields & {
    readonly lineBytes: number;
    readonly why: 'garbage' | 'too_long' | 'late_response';
  };

  'port.request.start': SpanOpened & PortRequestFields & { readonly queuedMs: number };
  'port.request.stop': SpanClosed & PortRequestFields;
  'port.request.exception': SpanClosed &
    PortRequestFields &
    Failed & {
      /** The JSON-RPC error code, when Codex answered with an error. */
      readonly rpcCode?: number;
    };

  'attachment.staged': AttachmentFields & {
    readonly attachmentName: string;
    readonly contentType: string;
    readonly persist: boolean;
    /** When it may be removed, in ms since the Unix epoch; null for never. */
    readonly expiresAtMs: number | null;
    /** Whether its content was in the store already. */
    readonly cached: boolean;
  };
  'attachment.removed': AttachmentFields & {
    /** `released`: nobody claimed it any more. `expired`: its time was over. */
    readonly why: 'released' | 'expired';
  };

  'supervisor.start': SpanOpened & ActorFields;
  'supervisor.stop': SpanClosed & ActorFields & { readonly reason: OrderlyReason };
  'supervisor.exception': SpanClosed & ActorFields & Failed;
  'supervisor.ready': ActorFields & { readonly startupMs: number };
  'supervisor.child_ended': SupervisorChildFields & { readonly reason: OrderlyReason };
  'supervisor.child_failed': SupervisorChildFields &
    Failed & {
      /** `start`: it never became ready. `run`: it died by itself. `shutdown`: it did not end as asked. */
      readonly during: 'start' | 'run' | 'shutdown';
    };

  'actor.mailbox_overflow': ActorFields & { readonly mailboxCapacity: number };
  'actor.kill_hook_failed': ActorFields & Failed;
}

/** How a Codex process ended, as the operating system reported it. */
export interface PortExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** The fields of every event. */
export interface TelemetryEnvelope<N extends TelemetryEventName = TelemetryEventName> {
  readonly name: N;
  /** When it happened: milliseconds since the Unix epoch, from the wall clock. Durations are measured on the monotonic clock instead. */
  readonly timestampMs: number;
}

/** Event types by name. */
export type TelemetryEvents = { [N in TelemetryEventName]: TelemetryEnvelope<N> & TelemetryPayloads[N] };

/** A telemetry event: a flat, frozen-by-type, serialisable object. A union over `name`; give a name to pick one member. */
export type TelemetryEvent<N extends TelemetryEventName = TelemetryEventName> = TelemetryEvents[N];
