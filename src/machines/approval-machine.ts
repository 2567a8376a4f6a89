import { assign, setup } from 'xstate';
import { type ApprovalDecision, isAcceptance } from '../protocol/approvals/approval-decision.ts';
import type { DownMessage } from '../supervisor/behaviour.ts';

/** How an approval ended. */
export type ApprovalStatus = 'accepted' | 'declined' | 'cancelled' | 'expired';

/**
 * Who ended it: the `policy`, a `person` through the queue, the `deadline`, `codex` (it no longer waits for the
 * answer), or the `runtime` (the policy failed, the process died, the thread or the client was closed).
 */
export type ApprovalDecider = 'policy' | 'person' | 'deadline' | 'codex' | 'runtime';

/** The one end of an approval. */
export interface ApprovalOutcome {
  readonly status: ApprovalStatus;
  /** What Codex was answered; null when it no longer waits for an answer. */
  readonly decision: ApprovalDecision | null;
  readonly by: ApprovalDecider;
  /** The name of the person who decided, as the caller gave it. */
  readonly who: string | null;
  readonly why: string | null;
  /** What the policy failed with. */
  readonly error: Error | null;
}

/** What the chart asks of the world. Each call returns at once; answers come back as events. None may throw. */
export interface ApprovalEffects {
  /** Called first, with what takes the chart its answers; a chart that has ended drops them. */
  connect(answer: (event: ApprovalEvent) => void): void;
  /** Asks the policy; answered by `policy.decided`, `policy.asks`, `policy.failed` or `policy.absent`. */
  consult(): void;
  /** The policy leaves it to a person. */
  asked(): void;
  /** Answers Codex and tells everybody. Called exactly once. */
  settle(outcome: ApprovalOutcome): void;
}

/** What an approval begins with. */
export interface ApprovalInput {
  readonly effects: ApprovalEffects;
  /** Milliseconds until it is declined by itself, counted from the request. */
  readonly timeoutMs: number;
}

/** What an approval knows. */
export interface ApprovalContext extends ApprovalInput {
  /** Milliseconds that the policy gives a person; never more than what is left of `timeoutMs`. */
  readonly askTimeoutMs: number;
  /** Null until it is settled. */
  readonly outcome: ApprovalOutcome | null;
}

/** Why an approval is of no use any more: Codex has `resolved` it by itself, such as by the interrupt of its turn, or the thread is gone. */
export type WithdrawalReason = 'resolved' | 'thread_closed';

/** What an approval is told. */
export type ApprovalEvent =
  | { readonly type: 'policy.decided'; readonly decision: ApprovalDecision; readonly why: string | null }
  /** `timeoutMs`: how long a person has; null for as long as there is. */
  | { readonly type: 'policy.asks'; readonly timeoutMs: number | null }
  | { readonly type: 'policy.failed'; readonly error: Error }
  /** There is none: nobody may say yes. */
  | { readonly type: 'policy.absent' }
  | {
      readonly type: 'approval.decided';
      readonly decision: ApprovalDecision;
      readonly who: string | null;
      readonly why: string | null;
    }
  | { readonly type: 'approval.withdrawn'; readonly reason: WithdrawalReason }
  | { readonly type: 'approval.stop' }
  /** The port that asked has ended: the chart's actor monitors it. */
  | DownMessage;

/**
 * One approval, from the question to its one outcome. It knows no process and no protocol: effects are given in its input.
 *
 * ```
 * requested ──policy.asks──▶ deciding ──approval.decided──▶ accepted | declined | cancelled
 *     ├─policy.decided─▶ accepted | declined | cancelled       ├─its own deadline─▶ expired
 *     └─policy.failed, policy.absent──▶ declined                              │
 *   from both: approval.decided, deadline ─▶ expired, withdrawn or port down ─▶ cancelled, stop ─▶ declined
 * ```
 *
 * Whatever happens, `effects.settle` is called exactly once. Tags: `open`, and `asking` while a person is waited for.
 */
export const approvalMachine = setup({
  types: {
    context: {} as ApprovalContext,
    events: {} as ApprovalEvent,
    input: {} as ApprovalInput,
    output: {} as ApprovalOutcome | null,
    tags: {} as 'open' | 'asking',
  },
  delays: {
    deadline: ({ context }) => context.timeoutMs,
    askDeadline: ({ context }) => context.askTimeoutMs,
  },
  actions: {
    connect: ({ context, self }) =>
      context.effects.connect((event) => {
        if (self.getSnapshot().status === 'active') self.send(event);
      }),
    consult: ({ context }) => context.effects.consult(),
    noteAskTimeout: assign({
      askTimeoutMs: ({ context, event }) =>
        event.type === 'policy.asks' ? (event.timeoutMs ?? context.timeoutMs) : context.askTimeoutMs,
    }),
    tellAsked: ({ context }) => context.effects.asked(),
    conclude: assign({ outcome: ({ context, event }) => outcomeOf(context, event) }),
    expire: assign({ outcome: (): ApprovalOutcome => expired }),
    settle: ({ context }) => {
      if (context.outcome !== null) context.effects.settle(context.outcome);
    },
  },
  guards: {
    accepts: ({ context, event }) => outcomeOf(context, event)?.status === 'accepted',
    cancels: ({ context, event }) => outcomeOf(context, event)?.status === 'cancelled',
  },
}).createMachine({
  id: 'approval',
  context: ({ input }) => ({ ...input, askTimeoutMs: input.timeoutMs, outcome: null }),
  initial: 'open',
  states: {
    open: {
      tags: 'open',
      initial: 'requested',
      entry: 'connect',
      on: {
        'approval.decided': [
          { guard: 'accepts', target: 'accepted', actions: 'conclude' },
          { guard: 'cancels', target: 'cancelled', actions: 'conclude' },
          { target: 'declined', actions: 'conclude' },
        ],
        'approval.withdrawn': { target: 'cancelled', actions: 'conclude' },
        down: { target: 'cancelled', actions: 'conclude' },
        'approval.stop': { target: 'declined', actions: 'conclude' },
      },
      after: { deadline: { target: 'expired', actions: 'expire' } },
      states: {
        requested: {
          entry: 'consult',
          on: {
            'policy.decided': [
              { guard: 'accepts', target: '#approval.accepted', actions: 'conclude' },
              { guard: 'cancels', target: '#approval.cancelled', actions: 'conclude' },
              { target: '#approval.declined', actions: 'conclude' },
            ],
            'policy.asks': { target: 'deciding', actions: 'noteAskTimeout' },
            'policy.failed': { target: '#approval.declined', actions: 'conclude' },
            'policy.absent': { target: '#approval.declined', actions: 'conclude' },
          },
        },
        deciding: {
          tags: 'asking',
          entry: 'tellAsked',
          after: { askDeadline: { target: '#approval.expired', actions: 'expire' } },
        },
      },
    },
    accepted: { type: 'final', entry: 'settle' },
    declined: { type: 'final', entry: 'settle' },
    cancelled: { type: 'final', entry: 'settle' },
    expired: { type: 'final', entry: 'settle' },
  },
  output: ({ context }) => context.outcome,
});

const nobody = { who: null, why: null, error: null } as const;

const expired: ApprovalOutcome = {
  ...nobody,
  status: 'expired',
  decision: { type: 'decline', reason: 'nobody decided in time' },
  by: 'deadline',
  why: 'nobody decided in time',
};

function outcomeOf(context: ApprovalContext, event: ApprovalEvent): ApprovalOutcome | null {
  switch (event.type) {
    case 'policy.decided':
      return decided(event.decision, 'policy', null, event.why);
    case 'approval.decided':
      return decided(event.decision, 'person', event.who, event.why);
    case 'policy.failed':
      return { ...declinedByRuntime('the approval policy failed'), error: event.error };
    case 'policy.absent':
      return declinedByRuntime('no approval policy is set');
    case 'approval.stop':
      return declinedByRuntime('the client was closed');
    case 'approval.withdrawn':
      return withdrawn(event.reason);
    case 'down':
      return {
        ...nobody,
        status: 'cancelled',
        decision: null,
        by: 'runtime',
        why: 'the Codex process ended',
      };
    case 'policy.asks':
      return context.outcome;
  }
}

function decided(
  decision: ApprovalDecision,
  by: ApprovalDecider,
  who: string | null,
  why: string | null,
): ApprovalOutcome {
  const status = isAcceptance(decision) ? 'accepted' : decision.type === 'cancel' ? 'cancelled' : 'declined';
  const reason = 'reason' in decision ? (decision.reason ?? null) : null;
  return { ...nobody, status, decision, by, who, why: why ?? reason };
}

function declinedByRuntime(why: string): ApprovalOutcome {
  return { ...nobody, status: 'declined', decision: { type: 'decline', reason: why }, by: 'runtime', why };
}

function withdrawn(reason: WithdrawalReason): ApprovalOutcome {
  switch (reason) {
    case 'resolved': {
      const why = 'Codex no longer waits for an answer';
      return { ...nobody, status: 'cancelled', decision: null, by: 'codex', why };
    }
    case 'thread_closed':
      // Codex may still wait: it must not do so for ever.
      return { ...declinedByRuntime('the thread was closed'), status: 'cancelled' };
  }
}
