import { assign, setup } from 'xstate';

/** How Codex itself ended a turn. */
export type CodexTurnStatus = 'completed' | 'failed' | 'interrupted';

/** What became of a turn whose process had died; decided outside, from what the resumed thread tells. */
export type ReconciliationVerdict =
  | { readonly kind: 'deliver'; readonly turnId: string; readonly status: CodexTurnStatus }
  | { readonly kind: 'resubmit' }
  /** `inputKept`: whether Codex has the turn's input in the thread. */
  | { readonly kind: 'cut_off'; readonly turnId: string | null; readonly inputKept: boolean };

/** How a turn ended, and so how its caller is to be told. */
export type TurnOutcome =
  /** Codex ended it and said how. */
  | { readonly kind: 'ended'; readonly status: CodexTurnStatus; readonly turnId: string }
  /** Codex refused to start it. */
  | { readonly kind: 'refused'; readonly error: Error }
  /** It was interrupted before Codex had started it. */
  | { readonly kind: 'withdrawn' }
  /** Its process died while it ran: reported, never run again by itself. */
  | { readonly kind: 'cut_off'; readonly turnId: string | null; readonly inputKept: boolean }
  /** It was submitted again after every crash, and the process kept dying. */
  | { readonly kind: 'gave_up'; readonly submissions: number }
  /** The thread could not be brought back, or was closed. */
  | { readonly kind: 'lost'; readonly error: Error }
  /** It was interrupted, and Codex did not confirm the end in time. */
  | { readonly kind: 'unresponsive'; readonly turnId: string | null };

/** What the chart asks of the world. Each call returns at once; answers come back as events. None may throw. */
export interface TurnEffects {
  /** Sends `turn/start`; answered by `turn.accepted` or `turn.refused`, or by nothing when the port dies. */
  submit(messageId: string): void;
  /** Sends `turn/interrupt`; the turn's end is its answer. */
  interrupt(messageId: string, turnId: string): void;
  /** Tells the caller. Called exactly once a turn. */
  settle(messageId: string, outcome: TurnOutcome): void;
}

/** What `turnMachine` is started with. */
export interface TurnInput {
  readonly messageId: string;
  readonly effects: TurnEffects;
  /** Milliseconds that Codex has to confirm an interrupt. */
  readonly interruptTimeoutMs: number;
  /** How often a turn that never ran is submitted, crashes included. */
  readonly submissionsMax: number;
}

/** What `turnMachine` knows of its turn. */
export interface TurnContext extends TurnInput {
  /** Codex's id of the turn; null until it has accepted it. */
  readonly turnId: string | null;
  readonly interruptAsked: boolean;
  readonly submissions: number;
  /** How often it was tried again after a failure that may pass. */
  readonly retries: number;
  /** The present pause before another try, in milliseconds. */
  readonly retryDelayMs: number;
  /** Whether its port went down during that pause and has not been replaced yet. */
  readonly isPortDown: boolean;
  /** Null until the turn has ended. */
  readonly outcome: TurnOutcome | null;
}

/** What `turnMachine` takes: Codex's answers, the caller's interrupt, and the loss of the port or the thread. */
export type TurnEvent =
  | { readonly type: 'turn.accepted'; readonly messageId: string; readonly turnId: string }
  | { readonly type: 'turn.refused'; readonly messageId: string; readonly error: Error }
  | {
      readonly type: 'turn.ended';
      readonly messageId: string;
      readonly turnId: string;
      readonly status: CodexTurnStatus;
    }
  /** Codex ended it as failed, and another try is to be made after a pause. */
  | {
      readonly type: 'turn.retry';
      readonly messageId: string;
      readonly turnId: string;
      readonly delayMs: number;
    }
  | { readonly type: 'turn.interrupt' }
  | { readonly type: 'turn.reconciled'; readonly verdict: ReconciliationVerdict }
  | { readonly type: 'port.down' }
  | { readonly type: 'thread.lost'; readonly error: Error };

/**
 * One turn, from its submission to its one outcome. It is a child of the thread's chart and knows no process and no protocol:
 * effects are given in its input.
 *
 * ```
 * submitting ──accepted──▶ streaming ──ended──▶ completed | failed | interrupted
 *     │ ▲                      │
 *     │ └──── resubmit ─────┐  ├─interrupt──▶ interrupting ──ended──▶ (as above)
 *     ├─interrupt─▶ cancelling ──accepted──▶ interrupting ──timeout──▶ interrupted
 *     │                     │
 *     └──── port.down ──▶ reconciling ──deliver──▶ completed | failed | interrupted
 *        (from any of them)             └─cut off──▶ interrupted
 *
 * (any of them) ──turn.retry──▶ backingOff ──pause over──▶ submitting
 *                                   ├─interrupt──▶ interrupted
 *                                   └─pause over, no port yet──▶ reconciling
 * ```
 *
 * Whatever happens, `effects.settle` is called exactly once. Tags: `busy`, `interrupting`, `recovering`, `retrying`.
 */
export const turnMachine = setup({
  types: {
    context: {} as TurnContext,
    events: {} as TurnEvent,
    input: {} as TurnInput,
    output: {} as TurnOutcome,
    tags: {} as 'busy' | 'interrupting' | 'recovering' | 'retrying',
  },
  delays: {
    interruptTimeout: ({ context }) => context.interruptTimeoutMs,
    retryDelay: ({ context }) => context.retryDelayMs,
  },
  actions: {
    submit: ({ context }) => context.effects.submit(context.messageId),
    countSubmission: assign({ submissions: ({ context }) => context.submissions + 1, turnId: null }),
    askInterrupt: ({ context }) => {
      if (context.turnId !== null) context.effects.interrupt(context.messageId, context.turnId);
    },
    noteInterrupt: assign({ interruptAsked: true }),
    noteTurnId: assign({
      turnId: ({ context, event }) => (event.type === 'turn.accepted' ? event.turnId : context.turnId),
    }),
    // A try that Codex itself ended is not one that a crash cost: those are counted anew.
    planRetry: assign(({ context, event }) =>
      event.type === 'turn.retry'
        ? {
            turnId: event.turnId,
            retryDelayMs: event.delayMs,
            retries: context.retries + 1,
            submissions: 0,
            isPortDown: false,
          }
        : {},
    ),
    notePortDown: assign({ isPortDown: true }),
    notePortBack: assign({ isPortDown: false }),
    decideOutcome: assign({ outcome: ({ context, event }) => outcomeOf(context, event) }),
    decideUnresponsive: assign({
      outcome: ({ context }): TurnOutcome => ({ kind: 'unresponsive', turnId: context.turnId }),
    }),
    settle: ({ context }) => {
      if (context.outcome !== null) context.effects.settle(context.messageId, context.outcome);
    },
  },
  guards: {
    isMine: ({ context, event }) => 'messageId' in event && event.messageId === context.messageId,
    isMineAndInterrupted: ({ context, event }) =>
      context.interruptAsked && event.type === 'turn.retry' && event.messageId === context.messageId,
    isPortDown: ({ context }) => context.isPortDown,
    endedCompleted: ({ context, event }) => statusOf(context, event) === 'completed',
    endedFailed: ({ context, event }) => statusOf(context, event) === 'failed',
    endedInterrupted: ({ context, event }) => statusOf(context, event) === 'interrupted',
    maySubmitAgain: ({ context, event }) =>
      event.type === 'turn.reconciled' &&
      event.verdict.kind === 'resubmit' &&
      !context.interruptAsked &&
      context.submissions < context.submissionsMax,
    gaveUp: ({ context, event }) =>
      event.type === 'turn.reconciled' && event.verdict.kind === 'resubmit' && !context.interruptAsked,
  },
}).createMachine({
  id: 'turn',
  context: ({ input }) => ({
    ...input,
    turnId: null,
    interruptAsked: false,
    submissions: 0,
    retries: 0,
    retryDelayMs: 0,
    isPortDown: false,
    outcome: null,
  }),
  initial: 'submitting',
  on: {
    'turn.ended': [
      { guard: 'endedCompleted', target: '.completed', actions: 'decideOutcome' },
      { guard: 'endedFailed', target: '.failed', actions: 'decideOutcome' },
      { guard: 'endedInterrupted', target: '.interrupted', actions: 'decideOutcome' },
    ],
    'turn.retry': [
      { guard: 'isMineAndInterrupted', target: '.interrupted', actions: 'decideOutcome' },
      { guard: 'isMine', target: '.backingOff', actions: 'planRetry' },
    ],
    'thread.lost': { target: '.failed', actions: 'decideOutcome' },
    'port.down': '.reconciling',
  },
  states: {
    submitting: {
      tags: 'busy',
      entry: ['countSubmission', 'submit'],
      on: {
        'turn.accepted': { guard: 'isMine', target: 'streaming', actions: 'noteTurnId' },
        'turn.refused': { guard: 'isMine', target: 'failed', actions: 'decideOutcome' },
        'turn.interrupt': { target: 'cancelling', actions: 'noteInterrupt' },
      },
    },
    streaming: {
      tags: 'busy',
      on: { 'turn.interrupt': { target: 'interrupting', actions: 'noteInterrupt' } },
    },
    // Interrupted before Codex had named the turn: there is nothing yet to send an interrupt for.
    cancelling: {
      tags: ['busy', 'interrupting'],
      on: {
        'turn.accepted': { guard: 'isMine', target: 'interrupting', actions: 'noteTurnId' },
        'turn.refused': { guard: 'isMine', target: 'interrupted', actions: 'decideOutcome' },
      },
      after: { interruptTimeout: { target: 'interrupted', actions: 'decideUnresponsive' } },
    },
    interrupting: {
      tags: ['busy', 'interrupting'],
      entry: 'askInterrupt',
      after: { interruptTimeout: { target: 'interrupted', actions: 'decideUnresponsive' } },
    },
    // Codex has ended the failed try: nothing of the turn runs, and nothing is lost with the port.
    backingOff: {
      tags: ['busy', 'retrying'],
      on: {
        'turn.ended': {},
        'turn.retry': {},
        'port.down': { actions: 'notePortDown' },
        'turn.reconciled': { actions: 'notePortBack' },
        'turn.interrupt': { target: 'interrupted', actions: 'decideOutcome' },
      },
      after: { retryDelay: [{ guard: 'isPortDown', target: 'reconciling' }, { target: 'submitting' }] },
    },
    reconciling: {
      tags: ['busy', 'recovering'],
      on: {
        'port.down': {},
        'turn.ended': {},
        'turn.retry': {},
        'turn.interrupt': { actions: 'noteInterrupt' },
        'turn.reconciled': [
          { guard: 'endedCompleted', target: 'completed', actions: 'decideOutcome' },
          { guard: 'endedFailed', target: 'failed', actions: 'decideOutcome' },
          { guard: 'maySubmitAgain', target: 'submitting' },
          { guard: 'gaveUp', target: 'failed', actions: 'decideOutcome' },
          { target: 'interrupted', actions: 'decideOutcome' },
        ],
      },
    },
    completed: { type: 'final', entry: 'settle' },
    failed: { type: 'final', entry: 'settle' },
    interrupted: { type: 'final', entry: 'settle' },
  },
  output: ({ context }) => context.outcome ?? { kind: 'withdrawn' },
});

function statusOf(context: TurnContext, event: TurnEvent): CodexTurnStatus | undefined {
  if (event.type === 'turn.ended') return event.messageId === context.messageId ? event.status : undefined;
  if (event.type === 'turn.reconciled' && event.verdict.kind === 'deliver') return event.verdict.status;
  return undefined;
}

function outcomeOf(context: TurnContext, event: TurnEvent): TurnOutcome | null {
  switch (event.type) {
    case 'turn.ended':
      return { kind: 'ended', status: event.status, turnId: event.turnId };
    case 'turn.refused':
      return context.interruptAsked ? { kind: 'withdrawn' } : { kind: 'refused', error: event.error };
    case 'thread.lost':
      return { kind: 'lost', error: event.error };
    case 'turn.reconciled':
      return reconciledOutcome(context, event.verdict);
    case 'turn.retry':
      return { kind: 'ended', status: 'interrupted', turnId: event.turnId };
    case 'turn.interrupt':
      // Only during the pause before another try does it end the turn by itself.
      return context.turnId === null
        ? { kind: 'withdrawn' }
        : { kind: 'ended', status: 'interrupted', turnId: context.turnId };
    case 'turn.accepted':
    case 'port.down':
      return context.outcome;
  }
}

function reconciledOutcome(context: TurnContext, verdict: ReconciliationVerdict): TurnOutcome {
  switch (verdict.kind) {
    case 'deliver':
      return { kind: 'ended', status: verdict.status, turnId: verdict.turnId };
    case 'cut_off':
      return { kind: 'cut_off', turnId: verdict.turnId, inputKept: verdict.inputKept };
    case 'resubmit':
      return context.interruptAsked
        ? { kind: 'withdrawn' }
        : { kind: 'gave_up', submissions: context.submissions };
  }
}
