import {
  type AnyActorLogic,
  assign,
  createMachine,
  emit,
  fromCallback,
  fromObservable,
  fromPromise,
  fromTransition,
  sendTo,
  setup,
  spawnChild,
} from 'xstate';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import type { SystemReport } from '../../src/supervisor/system-node.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

/**
 * Run by the tests: logic of each kind throws at each moment there is, in a process of its own, which prints what became of it. What
 * reached nobody would end the process, or be printed by its hooks.
 */
type Moment = readonly [name: string, logic: AnyActorLogic, options?: MomentOptions];

interface MomentOptions {
  readonly readyWhen?: () => boolean;
  readonly exitReason?: () => 'normal';
  readonly stopEvent?: { readonly type: string };
  readonly watched?: boolean;
  readonly inspected?: boolean;
}

process.on('uncaughtException', (error) => console.log(`uncaught: ${error.message}`));
process.on('unhandledRejection', (error) => console.log(`unhandled: ${String(error)}`));

function boom(): never {
  throw new Error('boom');
}

function boomLater(): Promise<never> {
  return Promise.reject(new Error('boom'));
}

/** An observable that does this to its observer. */
function observed(act: (observer: { error(error: unknown): void }) => void, unsubscribe = () => {}) {
  return fromObservable(() => ({
    subscribe(observer: unknown) {
      act({ error: (error) => tell(observer, error) });
      return { unsubscribe };
    },
  }));
}

function tell(observer: unknown, error: unknown): void {
  if (typeof observer !== 'object' || observer === null || !('error' in observer)) return;
  if (typeof observer.error === 'function') observer.error(error);
}

const go = { type: 'go' };
const child = createMachine({ entry: boom });
const goes = { a: { on: { go: 'b' } }, b: { type: 'final' } } as const;
const counting = fromTransition((count: number) => count + 1, 0);

const moments: readonly Moment[] = [
  ['machine: context', createMachine({ context: boom })],
  ['machine: entry', createMachine({ entry: boom })],
  ['machine: action', createMachine({ on: { go: { actions: boom } } })],
  ['machine: guard', createMachine({ on: { go: { guard: boom } } })],
  ['machine: assign', createMachine({ on: { go: { actions: assign(boom) } } })],
  ['machine: exit', createMachine({ initial: 'a', states: { a: { exit: boom, on: { go: 'b' } }, b: {} } })],
  ['machine: delay', createMachine({ after: { 10: { actions: boom } } })],
  ['machine: output', createMachine({ initial: 'a', output: boom, states: goes })],
  ['machine: invoked machine', createMachine({ invoke: { src: child } })],
  ['machine: invoked promise', createMachine({ invoke: { src: fromPromise(boomLater) } })],
  ['machine: invoked promise, at once', createMachine({ invoke: { src: fromPromise(boom) } })],
  ['machine: invoked callback', createMachine({ invoke: { src: fromCallback(boom) } })],
  ['machine: cleanup of an invoked callback', createMachine({ invoke: { src: fromCallback(() => boom) } })],
  [
    'machine: listener of an invoked callback',
    createMachine({
      invoke: { id: 'child', src: fromCallback(({ receive }) => receive(boom)) },
      on: { go: { actions: sendTo('child', go) } },
    }),
  ],
  ['machine: input of an invoked child', createMachine({ invoke: { src: child, input: boom } })],
  [
    'machine: onDone',
    createMachine({ invoke: { src: fromPromise(async () => 1), onDone: { actions: boom } } }),
  ],
  [
    'machine: onError',
    createMachine({ invoke: { src: fromPromise(boomLater), onError: { actions: boom } } }),
  ],
  ['machine: onSnapshot', createMachine({ invoke: { src: counting, onSnapshot: { actions: boom } } })],
  ['machine: spawned child', createMachine({ on: { go: { actions: spawnChild(child) } } })],
  ['machine: grandchild', createMachine({ invoke: { src: createMachine({ invoke: { src: child } }) } })],
  ['transition: first state', fromTransition((state: number) => state, boom)],
  ['transition: transition', fromTransition((_: number, event) => (event.type === 'go' ? boom() : 0), 0)],
  ['callback: function', fromCallback(boom)],
  ['callback: listener', fromCallback(({ receive }) => receive(boom))],
  ['callback: cleanup', fromCallback(() => boom)],
  ['promise: function', fromPromise(boom)],
  ['promise: rejection', fromPromise(boomLater)],
  [
    'promise: rejection by its stop',
    fromPromise(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject))),
  ],
  ['observable: function', fromObservable(boom)],
  ['observable: subscribe', observed(boom)],
  ['observable: error', observed((observer) => observer.error(new Error('boom')))],
  [
    'observable: error later',
    observed((observer) => queueMicrotask(() => observer.error(new Error('boom')))),
  ],
  ['observable: unsubscribe', observed(() => {}, boom)],
  ['readyWhen', createMachine({}), { readyWhen: boom }],
  ['exitReason', createMachine({ initial: 'a', states: goes }), { exitReason: boom }],
  ['stopEvent', createMachine({ on: { stop: { actions: boom } } }), { stopEvent: { type: 'stop' } }],
  ['observers', counting, { watched: true }],
  ['observers of one that fails', createMachine({ on: { go: { actions: boom } } }), { watched: true }],
  ['listeners', setup({}).createMachine({ on: { go: { actions: emit(go) } } }), { watched: true }],
  ['inspector', createMachine({ invoke: { src: counting } }), { inspected: true }],
];

for (const moment of moments) console.log(`${moment[0]}: ${await outcomeOf(moment)}`);

async function outcomeOf([, logic, { watched, inspected, ...options } = {}]: Moment): Promise<string> {
  const clock = new SimulatedClock();
  const reports: string[] = [];
  const onReport = (report: SystemReport): void => void reports.push(told(report));
  const children = [
    childSpec({ id: 'sibling', actor: createMachine({}) }),
    childSpec({ id: 'actor', actor: logic, restart: 'temporary', ...options }),
  ];
  const inspect = inspected === true ? { inspect: boom } : {};
  try {
    const system = await ActorSystem.start({ clock, onReport, children, ...inspect });
    if (watched === true) watch(system);
    system.cast('actor', go);
    await clock.advance(20);
    const alive = ['sibling', 'actor'].filter((id) => system.whereis(id) !== undefined);
    const reason = await system.stop();
    return `${alive.join(' and ')} alive; stop ${JSON.stringify(reason)}; ${reports.join(', ') || 'no report'}`;
  } catch (error) {
    return `no start; ${error instanceof Error ? reasonOf(error.cause) : ''}; ${reports.join(', ')}`;
  }
}

function watch(system: ActorSystem): void {
  const view = system.viewOf('actor');
  view?.subscribe({ next: boom, error: boom, complete: boom });
  view?.on('*', boom);
}

function told(report: SystemReport): string {
  if (!('context' in report)) return report.type;
  const { context, reason } = report;
  return `${context} ${typeof reason === 'object' && 'error' in reason ? reasonOf(reason.error) : JSON.stringify(reason)}`;
}

/** XState wraps what a guard throws. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n').at(-1) ?? '') : String(error);
}
