import { type AnyMachineSnapshot, assign, sendTo, setup, spawnChild, stopChild } from 'xstate';
import type {
  DropReason,
  ThreadContext,
  ThreadEvent,
  ThreadInput,
  ThreadOutput,
  ThreadState,
  ThreadStatus,
  ThreadTag,
} from './thread-effects.ts';
import { turnMachine } from './turn-machine.ts';

export type {
  DropReason,
  RunningThreadChart,
  SteerRequest,
  SteerResult,
  ThreadContext,
  ThreadEffects,
  ThreadEvent,
  ThreadInput,
  ThreadLimits,
  ThreadOutput,
  ThreadState,
  ThreadStatus,
  ThreadTag,
} from './thread-effects.ts';

// A full queue refuses at the call; this guard is for callers that could not know.
const whenRunIsAsked = [{ guard: 'isFull', actions: 'dropFull' }, { actions: 'enqueue' }] as const;

// Either way the turn's fate is unknown until the thread has been resumed and read.
const losePort = { target: 'recovering', actions: ['detach', 'forgetTurnId', 'tellTurnPortDown'] } as const;

/**
 * One Codex thread: opens it when it is first needed, runs one turn at a time in the order they came, survives the death of its
 * port. Effects are given in its input.
 *
 * ```
 *            turn.run            opened                turn.run
 * ┌──▶ idle ─────────▶ opening ─────────▶ ready ◀───────────────▶ running ◀──┐
 * │     ▲  ▲              │ failed          │      last turn done   │ down     │ recovered
 * │     │  └──────────────┘                 │ down                  ▼         │
 * │     └───────────────────────────────────┘                  recovering ────┘
 * │                                    failed: its turns are told │
 * └───────────────────────────────────────────────────────────────┘
 * thread.close, or idle too long ──▶ closing ──released──▶ closed
 * ```
 *
 * A thread without a turn does not rush to a restarted port: it goes back to `idle` and resumes with its next turn.
 * Tags: `idle`, `busy`, `recovering`, `closing`, `closed`.
 */
export const threadMachine = setup({
  types: {
    context: {} as ThreadContext,
    events: {} as ThreadEvent,
    input: {} as ThreadInput,
    output: {} as ThreadOutput,
    tags: {} as ThreadTag,
  },
  actors: { turn: turnMachine },
  delays: {
    idleTimeout: ({ context }) => context.limits.idleTimeoutMs,
    closeTimeout: ({ context }) => context.limits.closeTimeoutMs,
  },
  actions: {
    connect: ({ context, self }) =>
      context.effects.connect({
        answer: (event) => {
          if (self.getSnapshot().status === 'active') self.send(event);
        },
        watch: (changed) => {
          self.subscribe({ next: (snapshot) => changed(() => statusOf(snapshot)), error: () => undefined });
        },
      }),
    open: ({ context }) => context.effects.open(),
    recover: ({ context }) => {
      if (context.messageId !== null) context.effects.recover(context.messageId);
    },
    detach: ({ context, event }) => context.effects.detach(event.type === 'down' ? event.reason : undefined),
    release: ({ context }) => context.effects.release(),
    countRecovery: assign({ recoveries: ({ context }) => context.recoveries + 1 }),
    noteThreadId: assign({
      threadId: ({ context, event }) => ('threadId' in event ? event.threadId : context.threadId),
    }),
    noteTurnId: assign({
      turnId: ({ context, event }) =>
        event.type === 'turn.accepted' && event.messageId === context.messageId
          ? event.turnId
          : context.turnId,
    }),
    forgetTurnId: assign({ turnId: null }),
    forgetTurn: assign({ messageId: null, turnId: null }),
    enqueue: assign({
      queue: ({ context, event }) =>
        'messageId' in event && event.messageId ? [...context.queue, event.messageId] : context.queue,
    }),
    takeNext: assign({
      messageId: ({ context }) => context.queue[0] ?? null,
      queue: ({ context }) => context.queue.slice(1),
      turnId: null,
    }),
    forwardToTurn: sendTo('turn', ({ event }) => event),
    loseTurn: sendTo('turn', ({ context }) => ({
      type: 'thread.lost',
      error: context.effects.closedError(),
    })),
    tellTurnPortDown: sendTo('turn', { type: 'port.down' }),
    dropFull: ({ context, event }) => dropOne(context, event, { kind: 'queue_full' }),
    dropClosed: ({ context, event }) => dropOne(context, event, { kind: 'closed' }),
    dropInterrupted: ({ context, event }) => dropOne(context, event, { kind: 'interrupted' }),
    withdraw: assign({
      queue: ({ context, event }) =>
        context.queue.filter((id) => event.type !== 'turn.interrupt' || id !== event.messageId),
    }),
    reorder: assign({
      queue: ({ context, event }) =>
        event.type === 'queue.reorder' ? reordered(context.queue, event.messageIds) : context.queue,
    }),
    dropAllNotOpened: ({ context, event }) => {
      if (event.type === 'thread.openFailed') dropAll(context, { kind: 'not_opened', error: event.error });
    },
    dropAllClosed: ({ context }) => dropAll(context, { kind: 'closed' }),
    clearQueue: assign({ queue: [] }),
    steer: ({ context, event }) => {
      if (event.type === 'turn.steer') context.effects.steer(context.turnId, event);
    },
    refuseSteer: ({ context, event }) => {
      if (event.type === 'turn.steer') context.effects.steer(null, event);
    },
    stopTurn: stopChild('turn'),
    startTurn: spawnChild('turn', {
      id: 'turn',
      input: ({ context }) => ({
        messageId: context.messageId ?? '',
        effects: context.effects,
        interruptTimeoutMs: context.limits.interruptTimeoutMs,
        submissionsMax: context.limits.submissionsMax,
      }),
    }),
  },
  guards: {
    hasWaiting: ({ context }) => context.queue.length > 0,
    hasTurn: ({ context }) => context.messageId !== null,
    // The next turn to run does not wait behind anyone.
    isFull: ({ context: { queue, messageId, limits } }) =>
      queue.length + (messageId === null ? 0 : 1) > limits.queueLengthMax,
    meansRunning: ({ context, event }) =>
      event.type === 'turn.interrupt' &&
      context.messageId !== null &&
      (event.messageId ?? context.messageId) === context.messageId,
    meansWaiting: ({ context, event }) =>
      event.type === 'turn.interrupt' &&
      event.messageId !== undefined &&
      context.queue.includes(event.messageId),
    isLost: ({ event }) => event.type === 'xstate.done.actor.turn' && event.output.kind === 'lost',
    isUnresponsive: ({ event }) =>
      event.type === 'xstate.done.actor.turn' && event.output.kind === 'unresponsive',
    isUnresponsiveAndWaiting: ({ context, event }) =>
      event.type === 'xstate.done.actor.turn' &&
      event.output.kind === 'unresponsive' &&
      context.queue.length > 0,
  },
}).createMachine({
  id: 'thread',
  context: ({ input }) => ({ ...input, queue: [], messageId: null, turnId: null, recoveries: 0 }),
  entry: 'connect',
  initial: 'idle',
  states: {
    idle: {
      tags: 'idle',
      on: {
        'turn.run': { target: 'opening', actions: 'enqueue' },
        'turn.steer': { actions: 'refuseSteer' },
        'thread.close': 'closed',
      },
      after: { idleTimeout: 'closed' },
    },
    opening: {
      tags: 'busy',
      entry: 'open',
      on: {
        'turn.run': whenRunIsAsked,
        'queue.reorder': { actions: 'reorder' },
        'turn.interrupt': { guard: 'meansWaiting', actions: ['dropInterrupted', 'withdraw'] },
        'turn.steer': { actions: 'refuseSteer' },
        'thread.opened': [
          { guard: 'hasWaiting', target: 'running', actions: ['noteThreadId', 'takeNext', 'startTurn'] },
          { target: 'ready', actions: 'noteThreadId' },
        ],
        'thread.openFailed': { target: 'idle', actions: ['dropAllNotOpened', 'clearQueue'] },
        'thread.close': 'closing',
      },
    },
    ready: {
      tags: 'idle',
      on: {
        'turn.run': { target: 'running', actions: ['enqueue', 'takeNext', 'startTurn'] },
        'turn.steer': { actions: 'refuseSteer' },
        down: { target: 'idle', actions: 'detach' },
        'thread.unloaded': { target: 'idle', actions: 'detach' },
        'thread.close': 'closing',
      },
      after: { idleTimeout: 'expiring' },
    },
    running: {
      tags: 'busy',
      on: {
        'turn.run': whenRunIsAsked,
        'queue.reorder': { actions: 'reorder' },
        'turn.interrupt': [
          { guard: 'meansRunning', actions: sendTo('turn', { type: 'turn.interrupt' }) },
          { guard: 'meansWaiting', actions: ['dropInterrupted', 'withdraw'] },
        ],
        'turn.steer': { actions: 'steer' },
        'turn.accepted': { actions: ['noteTurnId', 'forwardToTurn'] },
        'turn.refused': { actions: 'forwardToTurn' },
        'turn.ended': { actions: 'forwardToTurn' },
        'turn.retry': { actions: ['forgetTurnId', 'forwardToTurn'] },
        down: losePort,
        'port.unresponsive': losePort,
        'xstate.done.actor.turn': [
          // Codex may still be at work on it: the connection is given up, and opening again deals with what is left.
          {
            guard: 'isUnresponsiveAndWaiting',
            target: 'opening',
            actions: ['stopTurn', 'forgetTurn', 'detach'],
          },
          { guard: 'isUnresponsive', target: 'idle', actions: ['stopTurn', 'forgetTurn', 'detach'] },
          { guard: 'hasWaiting', actions: ['stopTurn', 'takeNext', 'startTurn'] },
          { target: 'ready', actions: ['stopTurn', 'forgetTurn'] },
        ],
        'thread.close': 'closing',
      },
    },
    recovering: {
      tags: ['busy', 'recovering'],
      entry: 'recover',
      on: {
        'turn.run': whenRunIsAsked,
        'queue.reorder': { actions: 'reorder' },
        'turn.interrupt': [
          { guard: 'meansRunning', actions: sendTo('turn', { type: 'turn.interrupt' }) },
          { guard: 'meansWaiting', actions: ['dropInterrupted', 'withdraw'] },
        ],
        'turn.steer': { actions: 'refuseSteer' },
        'thread.recovered': [
          {
            guard: 'hasTurn',
            target: 'running',
            actions: [
              'noteThreadId',
              'countRecovery',
              sendTo('turn', ({ event }) => ({ type: 'turn.reconciled', verdict: event.verdict })),
            ],
          },
          {
            guard: 'hasWaiting',
            target: 'running',
            actions: ['noteThreadId', 'countRecovery', 'takeNext', 'startTurn'],
          },
          { target: 'ready', actions: ['noteThreadId', 'countRecovery'] },
        ],
        'thread.openFailed': [
          {
            guard: 'hasTurn',
            actions: [
              sendTo('turn', ({ event }) => ({ type: 'thread.lost', error: event.error })),
              'dropAllNotOpened',
              'clearQueue',
            ],
          },
          { target: 'idle', actions: ['dropAllNotOpened', 'clearQueue'] },
        ],
        'xstate.done.actor.turn': [
          { guard: 'isLost', target: 'idle', actions: ['stopTurn', 'forgetTurn'] },
          // Interrupted in the pause before another try: what opens the thread again is under way, for the turns that wait.
          { actions: ['stopTurn', 'forgetTurn'] },
        ],
        'thread.close': 'closing',
      },
    },
    // Unused for long: it lets go of its Codex thread. A turn that comes just now is not lost.
    expiring: {
      tags: 'closing',
      entry: 'release',
      on: {
        'turn.run': whenRunIsAsked,
        'queue.reorder': { actions: 'reorder' },
        'turn.interrupt': { guard: 'meansWaiting', actions: ['dropInterrupted', 'withdraw'] },
        'turn.steer': { actions: 'refuseSteer' },
        'thread.released': [{ guard: 'hasWaiting', target: 'opening' }, { target: 'closed' }],
        'thread.close': 'closing',
      },
      after: { closeTimeout: [{ guard: 'hasWaiting', target: 'opening' }, { target: 'closed' }] },
    },
    closing: {
      tags: 'closing',
      entry: ['dropAllClosed', 'clearQueue'],
      initial: 'deciding',
      on: {
        'turn.run': { actions: 'dropClosed' },
        'turn.steer': { actions: 'refuseSteer' },
      },
      states: {
        deciding: {
          always: [{ guard: 'hasTurn', target: 'endingTurn' }, { target: 'releasing' }],
        },
        endingTurn: {
          entry: sendTo('turn', { type: 'turn.interrupt' }),
          on: {
            'turn.accepted': { actions: ['noteTurnId', 'forwardToTurn'] },
            'turn.refused': { actions: 'forwardToTurn' },
            'turn.ended': { actions: 'forwardToTurn' },
            'turn.retry': { actions: 'forwardToTurn' },
            'thread.recovered': {
              actions: sendTo('turn', ({ event }) => ({ type: 'turn.reconciled', verdict: event.verdict })),
            },
            'thread.openFailed': {
              actions: sendTo('turn', ({ event }) => ({ type: 'thread.lost', error: event.error })),
            },
            down: { actions: 'loseTurn' },
            'port.unresponsive': { actions: 'loseTurn' },
            'xstate.done.actor.turn': { target: 'releasing', actions: ['stopTurn', 'forgetTurn'] },
          },
          after: { closeTimeout: { actions: 'loseTurn' } },
        },
        releasing: {
          entry: 'release',
          on: { 'thread.released': '#thread.closed' },
          after: { closeTimeout: '#thread.closed' },
        },
      },
    },
    closed: { type: 'final', tags: 'closed', entry: 'detach' },
  },
  output: ({ context }) => ({ threadId: context.threadId }),
});

function dropOne(context: ThreadContext, event: ThreadEvent, reason: DropReason): void {
  if ('messageId' in event && event.messageId !== undefined) context.effects.drop(event.messageId, reason);
}

function dropAll(context: ThreadContext, reason: DropReason): void {
  for (const messageId of context.queue) context.effects.drop(messageId, reason);
}

function reordered(queue: readonly string[], messageIds: readonly string[]): readonly string[] {
  const named = messageIds.filter((id) => queue.includes(id));
  return [...named, ...queue.filter((id) => !messageIds.includes(id))];
}

const states: readonly ThreadState[] = [
  'idle',
  'opening',
  'ready',
  'running',
  'recovering',
  'expiring',
  'closing',
  'closed',
];
const tags: readonly ThreadTag[] = ['idle', 'busy', 'recovering', 'closing', 'closed'];

/** What of a snapshot is for outsiders: no effects, no message ids. */
function statusOf(snapshot: AnyMachineSnapshot): ThreadStatus {
  const { threadId, queue, turnId, recoveries }: ThreadContext = snapshot.context;
  return {
    value: states.find((state) => snapshot.matches(state)) ?? 'closed',
    tags: new Set(tags.filter((tag) => snapshot.hasTag(tag))),
    threadId,
    queueLength: queue.length,
    turnId,
    recoveries,
  };
}
