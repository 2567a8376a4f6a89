import type { ActorLogic, AnyActorRef, Snapshot } from 'xstate';
import type { ThreadState, ThreadStatus, ThreadTag } from '../machines/thread-machine.ts';
import { checkOptionNames, type OptionNames } from '../protocol/option-names.ts';
import type { OwnThreadOptions } from '../protocol/thread-options.ts';
import type { ApprovalPolicy } from './approvals/policies/approval-policy.ts';
import type { ThreadActorEmitted, ThreadActorEvent } from './thread-actor-events.ts';
import { type AttachableThread, ThreadAttachment } from './thread-attachment.ts';
import type { Tool } from './tools/tool.ts';

/** Options of the thread of a `ThreadActor`: those of `codex.startThread`. */
export interface ThreadActorOptions extends OwnThreadOptions {
  /** The thread's own tools, besides those of `codex.tools`. Defaults to none. */
  readonly tools?: readonly Tool[];
  /** Decides what the thread asks. Defaults to the `approvals` of the `Codex`. */
  readonly approvals?: ApprovalPolicy;
}

/** Makes threads: a `Codex`. */
export interface ThreadMaker {
  startThread(options?: ThreadActorOptions): AttachableThread;
  resumeThread(id: string, options?: ThreadActorOptions): AttachableThread;
}

/** What a `ThreadActor` is started with. */
export interface ThreadActorInput {
  /** On the app-server transport: the exec transport has no thread to show. */
  readonly codex: ThreadMaker;
  /** The thread to attach to. Left out, the actor starts a thread of its own, and closes it when it is stopped. */
  readonly threadId?: string;
  readonly options?: ThreadActorOptions;
}

const inputNames = {
  codex: 'own',
  threadId: 'own',
  options: 'own',
} as const satisfies OptionNames<ThreadActorInput>;

/** What the snapshot tells besides its state. */
export type ThreadActorContext = Pick<ThreadStatus, 'threadId' | 'queueLength' | 'turnId' | 'recoveries'>;

/** What a `ThreadActor` ends with: the id to resume the thread with. */
export interface ThreadActorOutput {
  readonly threadId: string | null;
}

/** Where the thread stands, as the snapshots of XState machines tell it. */
interface Seen {
  readonly value: ThreadState;
  readonly tags: ReadonlySet<ThreadTag>;
  readonly context: ThreadActorContext;
  hasTag(tag: ThreadTag): boolean;
  matches(value: ThreadState): boolean;
  /** The snapshot as JSON, with its tags as an array. */
  toJSON(): object;
}

/** The thread's state, mirrored from the supervised actor that owns it. */
export type ThreadActorSnapshot = Snapshot<ThreadActorOutput> & Seen;

/** The logic's own type, for those who pass it on. */
export type ThreadActorLogic = ActorLogic<
  ThreadActorSnapshot,
  ThreadActorEvent,
  ThreadActorInput,
  AnyActorRef['system'],
  ThreadActorEmitted
>;

/** By the actor: a snapshot holds plain data only. */
const attachments = new WeakMap<object, ThreadAttachment>();

/**
 * A Codex thread as XState actor logic: to be started with `createActor`, or spawned and invoked by an application's machine.
 *
 * The thread itself lives in the supervision tree of its `Codex`; this actor is attached to it. It takes `turn.run`, `turn.steer`,
 * `turn.interrupt` and `thread.close`, mirrors the thread's state as its own snapshot, and emits what happens (`turn.started`,
 * `item.completed`, …; see `ThreadActorEmitted`). All events of its turns are emitted before the snapshot that says that the thread rests.
 * It is done when the thread or its `Codex` is closed. Stopping it detaches; a thread that it
 * started itself is closed then, one that it resumed goes on.
 *
 * @example
 * const actor = createActor(ThreadActor, { input: { codex } });
 * actor.on('turn.completed', ({ finalResponse }) => console.log(finalResponse));
 * actor.start();
 * actor.send({ type: 'turn.run', input: 'What does this repository do?' });
 */
export const ThreadActor: ThreadActorLogic = {
  getInitialSnapshot: ({ self, emit }, input) => {
    // A misspelt `threadId` would begin a new thread.
    checkOptionNames('ThreadActor', input, inputNames, 'input');
    const { codex, threadId, options } = input;
    const isOwn = threadId === undefined;
    const thread = isOwn ? codex.startThread(options) : codex.resumeThread(threadId, options);
    const attachment = new ThreadAttachment(thread, isOwn, {
      emit,
      changed: (status) => self.send({ type: 'thread.changed', status }),
      ended: () => self.send({ type: 'thread.ended' }),
    });
    attachments.set(self, attachment);
    return { ...active, ...seen({ ...asleep, threadId: threadId ?? null }) };
  },
  start: (_snapshot, { self }) => attachments.get(self)?.attach(),
  transition: (snapshot, event, { self, defer, emit }) => {
    const attachment = attachments.get(self);
    if (attachment === undefined || snapshot.status !== 'active') return snapshot;
    // XState's own way to stop an actor; its types leave it out of the events.
    if (isStop(event)) {
      defer(() => attachment.detach());
      return { ...snapshot, status: 'stopped', output: undefined, error: undefined };
    }
    switch (event.type) {
      case 'turn.run':
        defer(() => attachment.run(event.input, event.outputSchema));
        return snapshot;
      case 'turn.steer':
        defer(() => attachment.steer(event.input));
        return snapshot;
      case 'turn.interrupt':
        defer(() => attachment.interrupt());
        return snapshot;
      case 'thread.close':
        defer(() => attachment.close());
        return {
          ...active,
          ...seen({ ...asleep, ...snapshot.context, value: 'closing', tags: new Set(['closing']) }),
        };
      case 'thread.changed':
        return { ...active, ...seen(event.status) };
      case 'thread.ended':
        emit({ type: 'thread.closed' });
        return {
          ...seen({ ...asleep, ...snapshot.context, value: 'closed', tags: new Set(['closed']) }),
          status: 'done',
          output: { threadId: snapshot.context.threadId },
          error: undefined,
        };
      default:
        return unknown(event, snapshot);
    }
  },
  getPersistedSnapshot: (snapshot) => snapshot,
};

const active = { status: 'active', output: undefined, error: undefined } as const;

/** Where a thread stands before its first turn. */
const asleep: ThreadStatus = {
  value: 'idle',
  tags: new Set(['idle']),
  threadId: null,
  queueLength: 0,
  turnId: null,
  recoveries: 0,
};

/** The part of a snapshot that shows where the thread stands. */
function seen({ value, tags, ...context }: ThreadStatus): Seen {
  return {
    value,
    tags,
    context,
    hasTag: (tag) => tags.has(tag),
    matches: (state) => state === value,
    toJSON() {
      return { ...this, tags: [...tags] };
    },
  };
}

/** Ignored, as XState machines do: a parent may forward whatever it gets. */
function unknown(_event: never, snapshot: ThreadActorSnapshot): ThreadActorSnapshot {
  return snapshot;
}

function isStop(event: { readonly type: string }): boolean {
  return event.type === 'xstate.stop';
}
