import { assign, setup } from 'xstate';

/** How long each step of the life with an MCP server may take, in milliseconds, and how often it is tried again. */
export interface McpServerTimings {
  /** From the start of its process, or of the first request, to its answer to `initialize`. Default 10,000. */
  readonly handshakeTimeoutMs: number;
  /** For all pages of the list of its tools. Default 10,000. */
  readonly listTimeoutMs: number;
  /** How often in a row it is connected to anew before it is given up. Default 8. */
  readonly reconnectsMax: number;
  /** How long after its list was read again it may be read once more, whatever the server says meanwhile. Default 1,000. */
  readonly relistDelayMs: number;
  /** How long it must have been usable for its failures to be forgotten. Default 30,000. */
  readonly stableMs: number;
}

/** What each `McpServerTimings` field is unless it is set. */
export const defaultMcpServerTimings: McpServerTimings = {
  handshakeTimeoutMs: 10_000,
  listTimeoutMs: 10_000,
  reconnectsMax: 8,
  relistDelayMs: 1_000,
  stableMs: 30_000,
};

/** What the chart is told. */
export type McpServerMachineEvent =
  /** The handshake is done. */
  | { readonly type: 'server.opened' }
  /** The whole list of its tools is there. */
  | { readonly type: 'server.listed' }
  /** Opening or listing did not work. */
  | { readonly type: 'server.failed'; readonly error: Error }
  /** The connection has ended, and nobody had asked it to. */
  | { readonly type: 'server.lost'; readonly error: Error }
  /** Nothing is left of the connection: no process, no request. */
  | { readonly type: 'server.released' }
  /** The server says that its list of tools is another one now. */
  | { readonly type: 'tools.changed' }
  /** Connect now, and forget what has failed so far. */
  | { readonly type: 'server.reconnect' }
  | { readonly type: 'server.stop' };

/** What the chart begins with. */
export interface McpServerMachineInput {
  readonly timings: McpServerTimings;
  /** Milliseconds to wait before the next try, after so many failures in a row. */
  readonly backoffMs: (failures: number) => number;
}

/** What the chart knows. */
export interface McpServerMachineContext extends McpServerMachineInput {
  /** Failures in a row. */
  readonly failures: number;
  /** Why it failed last; null before. */
  readonly error: Error | null;
  readonly stopping: boolean;
  /** Somebody asked to connect anew while the old connection was still being ended. */
  readonly reconnecting: boolean;
  /** The list has changed while it was being read. */
  readonly stale: boolean;
}

/**
 * The life with one MCP server: connected, listed, usable, lost, connected anew after a while, given up.
 *
 * ```
 *  opening ──opened──▶ listing ──listed──▶ ready: listed ──tools.changed──▶ refreshing
 *     ▲ │ failed, lost,   │ the same         │  ▲─pause─ settling ◀─listed, failed─┤
 *     │ │ timeout         │                  │ lost                              │ lost
 *     │ └─────────────────┴──────▶ releasing ◀┴──────────────────────────────────┘
 *     │                               │ released
 *     │    tries left ◀───────────────┼─────────────▶ none left
 *     └─backoff, reconnect── backingOff              failed ──reconnect──▶ opening
 *
 *  reconnect while releasing: released leads to opening
 *
 *  stop: opening, listing, ready ─▶ releasing ─▶ closed;   backingOff, failed ─▶ closed
 * ```
 *
 * `closed` is final. A list that cannot be read again leaves the old one as it is. Effects are injected with `provide`: `open`,
 * `list`, `release`, each run once on entry; `release` also ends what `open` and `list` had begun.
 *
 * Tags: `usable`, `awaited` while a call may wait for it, `given_up`, `ended`.
 */
export const mcpServerMachine = setup({
  types: {
    context: {} as McpServerMachineContext,
    events: {} as McpServerMachineEvent,
    input: {} as McpServerMachineInput,
    tags: {} as 'usable' | 'awaited' | 'given_up' | 'ended',
  },
  actions: {
    open: () => {},
    list: () => {},
    release: () => {},
    noteFault: assign({
      failures: ({ context }) => context.failures + 1,
      error: ({ context, event }) => ('error' in event ? event.error : context.error),
    }),
    noteTimeout: assign({
      failures: ({ context }) => context.failures + 1,
      error: (_, params: { readonly error: Error }) => params.error,
    }),
    noteStop: assign({ stopping: true }),
    noteReconnect: assign({ reconnecting: true }),
    noteOpening: assign({ reconnecting: false }),
    noteStale: assign({ stale: true }),
    noteFresh: assign({ stale: false }),
    forgive: assign({ failures: 0 }),
  },
  guards: {
    isStopping: ({ context }) => context.stopping,
    isReconnecting: ({ context }) => context.reconnecting,
    isStale: ({ context }) => context.stale,
    mayTryAgain: ({ context }) => context.failures <= context.timings.reconnectsMax,
  },
  delays: {
    handshakeTimeout: ({ context }) => context.timings.handshakeTimeoutMs,
    listTimeout: ({ context }) => context.timings.listTimeoutMs,
    relistDelay: ({ context }) => context.timings.relistDelayMs,
    stable: ({ context }) => context.timings.stableMs,
    backoff: ({ context }) => context.backoffMs(context.failures),
  },
}).createMachine({
  id: 'mcp-server',
  context: ({ input }) => ({
    ...input,
    failures: 0,
    error: null,
    stopping: false,
    reconnecting: false,
    stale: false,
  }),
  initial: 'opening',
  states: {
    opening: {
      tags: 'awaited',
      entry: ['noteOpening', 'open'],
      on: {
        'server.opened': 'listing',
        'server.failed': { target: 'releasing', actions: 'noteFault' },
        'server.lost': { target: 'releasing', actions: 'noteFault' },
        'server.stop': { target: 'releasing', actions: 'noteStop' },
      },
      after: {
        handshakeTimeout: {
          target: 'releasing',
          actions: { type: 'noteTimeout', params: { error: new Error('it did not answer the handshake') } },
        },
      },
    },
    listing: {
      tags: 'awaited',
      entry: ['noteFresh', 'list'],
      on: {
        'server.listed': 'ready',
        'server.failed': { target: 'releasing', actions: 'noteFault' },
        'server.lost': { target: 'releasing', actions: 'noteFault' },
        'server.stop': { target: 'releasing', actions: 'noteStop' },
        'tools.changed': { actions: 'noteStale' },
      },
      after: {
        listTimeout: {
          target: 'releasing',
          actions: { type: 'noteTimeout', params: { error: new Error('it did not list its tools') } },
        },
      },
    },
    ready: {
      tags: 'usable',
      initial: 'listed',
      on: {
        'server.lost': { target: 'releasing', actions: 'noteFault' },
        'server.stop': { target: 'releasing', actions: 'noteStop' },
      },
      after: { stable: { actions: 'forgive' } },
      states: {
        listed: {
          always: { guard: 'isStale', target: 'refreshing' },
          on: { 'tools.changed': 'refreshing' },
        },
        refreshing: {
          entry: ['noteFresh', 'list'],
          on: {
            'server.listed': 'settling',
            'server.failed': 'settling',
            'tools.changed': { actions: 'noteStale' },
          },
          after: { listTimeout: 'settling' },
        },
        // A server that tells of a change with each list would be asked without a pause.
        settling: {
          on: { 'tools.changed': { actions: 'noteStale' } },
          after: { relistDelay: 'listed' },
        },
      },
    },
    releasing: {
      tags: 'awaited',
      entry: 'release',
      on: {
        'server.released': [
          { guard: 'isStopping', target: 'closed' },
          { guard: 'isReconnecting', target: 'opening', actions: 'forgive' },
          { guard: 'mayTryAgain', target: 'backingOff' },
          { target: 'failed' },
        ],
        'server.reconnect': { actions: 'noteReconnect' },
        'server.stop': { actions: 'noteStop' },
      },
    },
    backingOff: {
      tags: 'awaited',
      on: {
        'server.reconnect': { target: 'opening', actions: 'forgive' },
        'server.stop': 'closed',
      },
      after: { backoff: 'opening' },
    },
    failed: {
      tags: 'given_up',
      on: {
        'server.reconnect': { target: 'opening', actions: 'forgive' },
        'server.stop': 'closed',
      },
    },
    closed: { type: 'final', tags: 'ended' },
  },
});
