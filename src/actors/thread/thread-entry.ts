import type { ThreadEvent, ThreadStatus } from '../../machines/thread-machine.ts';
import type { OwnThreadOptions, ThreadSettings } from '../../protocol/thread-options.ts';
import type { Pid } from '../../supervisor/behaviour.ts';
import type { ApprovalPolicy } from '../approvals/policies/approval-policy.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import type { ThreadTools } from '../tools/thread-tools.ts';
import type { TurnRequest, TurnSink } from '../turn-request.ts';
import type { OpenOperation } from './open-operation.ts';
import type { RunningTurn } from './running-turn.ts';
import type { StrayTurn } from './stray-turn.ts';
import type { TurnMemory } from './unread-turn.ts';

/** A turn that somebody waits for. */
export interface OpenTurn {
  readonly kind: 'turn';
  readonly request: TurnRequest;
  readonly sink: TurnSink;
  /** When it was asked for, on the tree's clock. */
  readonly askedAtMs: number;
  /** Whether it was ever sent to Codex: after a crash of its actor such a turn is reported, the others simply wait again. */
  submitted: boolean;
  /** What is known of it since it was submitted, also after a crash of its actor; null before. */
  running: RunningTurn | null;
}

/**
 * What outlives the incarnations of one ThreadActor: which Codex thread it is, and who waits for turns of it. Owned by the tree's
 * `ThreadDirectory`; written by the actor's present incarnation only.
 */
export interface ThreadEntry extends TurnMemory {
  /** Name of the actor below `threads`; not Codex's id, which may not be known yet. */
  readonly key: string;
  readonly options: OwnThreadOptions;
  /** Decides the approvals of this thread; undefined: what decides for all threads. */
  readonly approvals: ApprovalPolicy | undefined;
  /** What it may call; undefined: nothing of the application. */
  readonly tools: ThreadTools | undefined;
  /** What its Codex thread is set to besides its options, on the port where it is started or resumed. Never rejects. */
  readonly settingsOn: (port: PortConnection) => Promise<ThreadSettings>;
  /** Null until Codex has named the thread. */
  threadId: string | null;
  /** Whether `threadId` was given by the caller, so that `thread.started` is not news. */
  readonly resumed: boolean;
  /** Whether a goal of ours may still be active: then Codex begins a turn as soon as the thread is resumed. */
  pursuesGoal: boolean;
  /** Whether any turn was ever sent to Codex. */
  begun: boolean;
  /** The last turn, when it was given up before Codex had named it; null when it was not. */
  stray: StrayTurn | null;
  /** The present incarnation, or the last one. */
  actor: Pid<ThreadEvent> | null;
  /** The end of its actor, once its owner has closed it: nothing starts it again. Null before. */
  closed: Promise<void> | null;
  /** Told of each change of where the thread stands. They must not throw. */
  readonly watchers: Set<(status: ThreadStatus) => void>;
  /** By message id, in the order they are to run. */
  readonly turns: Map<string, OpenTurn | OpenOperation>;
}

/** Tells all who watch a thread where it stands. None of them can end it, nor the process, by a throw. */
export function tellWatchers(watchers: ThreadEntry['watchers'], status: ThreadStatus): void {
  for (const changed of watchers) {
    try {
      changed(status);
    } catch {
      // Its own business.
    }
  }
}
