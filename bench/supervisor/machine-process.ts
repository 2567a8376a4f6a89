/** Milliseconds of rounds of events of a supervised machine and of the same machine bare, in turn: one JSON line, `MachineRounds`. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { assign, createActor, setup } from 'xstate';
import { ActorSystem, childSpec, type ReplyTo, type Request } from '../../src/supervisor/index.ts';
import { inTurn, timed } from '../measure.ts';
import { livePid } from './live-pid.ts';

/** What one process measured. */
export interface MachineRounds {
  readonly eventsPerRound: number;
  /** Milliseconds of each round. */
  readonly own: readonly number[];
  readonly bare: readonly number[];
}

interface Flip {
  readonly type: 'flip';
}
interface Ask extends Request<number> {
  readonly type: 'ask';
  readonly replyTo?: ReplyTo<number>;
}

const eventsPerRound = 5_000;
const rounds = 150;
const warmUpRounds = 20;

const lamp = setup({
  types: { context: {} as { flips: number }, events: {} as Flip | Ask },
}).createMachine({
  on: { ask: { actions: ({ context, event }) => event.replyTo?.reply(context.flips) } },
  context: { flips: 0 },
  initial: 'off',
  states: {
    off: { on: { flip: 'on' } },
    on: {
      on: { flip: { target: 'broken', actions: assign({ flips: ({ context }) => context.flips + 1 }) } },
    },
    broken: { on: { flip: 'off' } },
  },
});
const flip: Flip = { type: 'flip' };
const ask: Ask = { type: 'ask' };

/** Each round has a turn of the event loop to itself: what the one before left for that to do is not counted as this one's. */
async function inItsOwnTurn(round: () => Promise<unknown>): Promise<number> {
  await nextTurn();
  return timed(round);
}

await using system = await ActorSystem.start({ children: [childSpec({ id: 'lamp', actor: lamp })] });
const pid = livePid<Flip>(system, 'lamp');
const alone = createActor(lamp);
alone.subscribe({ error: () => undefined });
alone.start();

async function bareRound(): Promise<void> {
  for (let event = 0; event < eventsPerRound; event += 1) alone.send(flip);
}

async function supervisedRound(): Promise<void> {
  for (let event = 0; event < eventsPerRound; event += 1) system.cast(pid, flip);
  await system.call(pid, ask);
}

const subjects = [bareRound, supervisedRound].map((round) => () => inItsOwnTurn(round));
const [bare = [], own = []] = await inTurn(subjects, rounds, warmUpRounds);
alone.stop();
const measured: MachineRounds = { eventsPerRound, own, bare };
process.stdout.write(`${JSON.stringify(measured)}\n`);
