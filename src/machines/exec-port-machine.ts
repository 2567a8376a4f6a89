import { assign, setup } from 'xstate';

/** How long each step of a port's life may take, in milliseconds. */
export interface PortTimings {
  /** From the start of the process to its answer to `initialize`. Default 10,000. */
  readonly handshakeTimeoutMs: number;
  /** From the end of stdin to SIGTERM. Default 2,000; an idle Codex needs 10. */
  readonly stdinGraceMs: number;
  /** From SIGTERM to SIGKILL. Default 2,000. */
  readonly termGraceMs: number;
  /** From SIGKILL until the port gives up waiting for the operating system to report the death. Default 2,000. */
  readonly killGraceMs: number;
}

/** What each `PortTimings` field is unless it is set: 10 s for the handshake, 2 s for each step of the end. */
export const defaultPortTimings: PortTimings = {
  handshakeTimeoutMs: 10_000,
  stdinGraceMs: 2_000,
  termGraceMs: 2_000,
  killGraceMs: 2_000,
};

/** How the operating system said that the process ended. */
export interface PortProcessExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** Why a port ended other than by being asked to. */
export type PortFault =
  | { readonly type: 'spawn_failed'; readonly error: unknown }
  | { readonly type: 'handshake_failed'; readonly error: unknown }
  | { readonly type: 'handshake_timeout' }
  /** The process died while nobody had asked it to; `ready` tells whether it had ever been usable. */
  | { readonly type: 'died'; readonly ready: boolean };

export type PortMachineEvent =
  | { readonly type: 'process.spawned'; readonly pid: number }
  | { readonly type: 'process.spawnFailed'; readonly error: unknown }
  | { readonly type: 'process.exited'; readonly exit: PortProcessExit }
  | { readonly type: 'handshake.completed' }
  | { readonly type: 'handshake.failed'; readonly error: unknown }
  /** End in good order. */
  | { readonly type: 'port.stop' }
  /** End now. */
  | { readonly type: 'port.kill' };

export interface PortMachineInput {
  readonly timings: PortTimings;
}

/** What became of the port. `exit` is null when the process never ran, or when its death was never reported. */
export interface PortMachineOutput {
  readonly fault: PortFault | null;
  readonly exit: PortProcessExit | null;
}

export interface PortMachineContext extends PortMachineOutput {
  readonly timings: PortTimings;
  readonly pid: number | null;
}

/**
 * The life of one `codex app-server` process: the control plane of an exec port. Lines of the protocol never pass through it.
 *
 * ```
 *  spawning ──spawned──▶ handshaking ──completed──▶ ready
 *     │                      │                        │
 *     │ stop                 │ stop                   │ stop
 *     ├──────────────────────┴──────────▶ endingStdin ◀┘
 *     │                                       │ after stdinGraceMs
 *     │                                       ▼
 *     │  timeout, handshake failed        terminating
 *     │  (also from handshaking)              │ after termGraceMs
 *     └───────────────▶ killing ◀─────────────┘         any state ──kill──▶ killing
 *                          │ after killGraceMs
 *                          ▼
 *      any state ──exited──▶ stopped
 * ```
 *
 * `stopped` is final; its output names the fault, or none when the port was asked to stop. Effects are injected with `provide`:
 * `spawnProcess`, `beginHandshake`, `announceReady`, `endStdin`, `terminateProcess`, `killProcess`, each run once on entry.
 *
 * Tags: `starting`, `usable`, `stopping`, `ended`.
 */
export const execPortMachine = setup({
  types: {
    context: {} as PortMachineContext,
    events: {} as PortMachineEvent,
    input: {} as PortMachineInput,
    output: {} as PortMachineOutput,
    tags: {} as 'starting' | 'usable' | 'stopping' | 'ended',
  },
  actions: {
    spawnProcess: () => {},
    beginHandshake: () => {},
    announceReady: () => {},
    endStdin: () => {},
    terminateProcess: () => {},
    killProcess: () => {},
    recordExit: assign({
      exit: ({ context, event }) => (event.type === 'process.exited' ? event.exit : context.exit),
    }),
    // The first fault is the cause; what follows from it is not.
    recordFault: assign({
      fault: ({ context }, params: { readonly fault: PortFault }) => context.fault ?? params.fault,
    }),
  },
  delays: {
    handshakeTimeout: ({ context }) => context.timings.handshakeTimeoutMs,
    stdinGrace: ({ context }) => context.timings.stdinGraceMs,
    termGrace: ({ context }) => context.timings.termGraceMs,
    killGrace: ({ context }) => context.timings.killGraceMs,
  },
}).createMachine({
  id: 'exec-port',
  context: ({ input }) => ({ timings: input.timings, pid: null, exit: null, fault: null }),
  initial: 'spawning',
  output: ({ context }) => ({ fault: context.fault, exit: context.exit }),
  on: {
    'port.kill': '.killing',
    'process.exited': { target: '.stopped', actions: 'recordExit' },
    'process.spawnFailed': {
      target: '.stopped',
      actions: {
        type: 'recordFault',
        params: ({ event }) => ({ fault: { type: 'spawn_failed', error: event.error } }),
      },
    },
  },
  states: {
    spawning: {
      tags: 'starting',
      entry: 'spawnProcess',
      on: {
        'process.spawned': {
          target: 'handshaking',
          actions: assign({ pid: ({ event }) => event.pid }),
        },
        'port.stop': 'endingStdin',
        'process.exited': {
          target: 'stopped',
          actions: ['recordExit', { type: 'recordFault', params: { fault: { type: 'died', ready: false } } }],
        },
      },
      after: {
        handshakeTimeout: {
          target: 'killing',
          actions: { type: 'recordFault', params: { fault: { type: 'handshake_timeout' } } },
        },
      },
    },
    handshaking: {
      tags: 'starting',
      entry: 'beginHandshake',
      on: {
        'handshake.completed': 'ready',
        'handshake.failed': {
          target: 'killing',
          actions: {
            type: 'recordFault',
            params: ({ event }) => ({ fault: { type: 'handshake_failed', error: event.error } }),
          },
        },
        'port.stop': 'endingStdin',
        'process.exited': {
          target: 'stopped',
          actions: ['recordExit', { type: 'recordFault', params: { fault: { type: 'died', ready: false } } }],
        },
      },
      after: {
        handshakeTimeout: {
          target: 'killing',
          actions: { type: 'recordFault', params: { fault: { type: 'handshake_timeout' } } },
        },
      },
    },
    ready: {
      tags: 'usable',
      entry: 'announceReady',
      on: {
        'port.stop': 'endingStdin',
        'process.exited': {
          target: 'stopped',
          actions: ['recordExit', { type: 'recordFault', params: { fault: { type: 'died', ready: true } } }],
        },
      },
    },
    endingStdin: {
      tags: 'stopping',
      entry: 'endStdin',
      on: {
        // Node reports the spawn in a later tick: the stop may have come first.
        'process.spawned': { actions: assign({ pid: ({ event }) => event.pid }) },
      },
      after: { stdinGrace: 'terminating' },
    },
    terminating: {
      tags: 'stopping',
      entry: 'terminateProcess',
      after: { termGrace: 'killing' },
    },
    killing: {
      tags: 'stopping',
      entry: 'killProcess',
      // A second kill sends the signal again, and does not start the wait anew.
      on: { 'port.kill': { actions: 'killProcess' } },
      after: { killGrace: 'stopped' },
    },
    stopped: {
      type: 'final',
      tags: 'ended',
    },
  },
});

/** The names of the chart's states, in the order a life passes them. */
export type PortState =
  | 'spawning'
  | 'handshaking'
  | 'ready'
  | 'endingStdin'
  | 'terminating'
  | 'killing'
  | 'stopped';
