import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChildSpec } from '../../src/supervisor/checked-spec.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import type { ExitReason } from '../../src/supervisor/exit-reason.ts';
import { recordRestart } from '../../src/supervisor/restart-intensity.ts';
import {
  deleteChild,
  restartChild,
  startChild,
  terminateChild,
} from '../../src/supervisor/supervisor-client.ts';
import { Stage, type StartScript, type StopScript } from './stage.ts';

interface Tree {
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one';
  readonly maxRestarts: number;
  readonly children: readonly (Leaf | Tree)[];
}

interface Leaf {
  readonly restart: 'permanent' | 'transient' | 'temporary';
  readonly starts: StartScript;
  readonly onStop: StopScript;
}

type Move =
  | { readonly type: 'end'; readonly child: number; readonly reason: ExitReason }
  | { readonly type: 'terminate' | 'restart' | 'delete' | 'start'; readonly child: number }
  | { readonly type: 'advance'; readonly ms: number };

const reason: fc.Arbitrary<ExitReason> = fc.constantFrom<ExitReason>(
  'normal',
  'shutdown',
  { shutdown: 1 },
  { error: 'crash' },
  'killed',
);
// The first start succeeds, so that the tree comes up; what follows is open.
const leafStarts: fc.Arbitrary<StartScript> = fc
  .array(fc.constantFrom('ok', 'fail', 'ignore'), { maxLength: 4 })
  .map((later) => ['ok', ...later]);
const leaf: fc.Arbitrary<Leaf> = fc.record({
  restart: fc.constantFrom('permanent', 'transient', 'temporary'),
  starts: leafStarts,
  onStop: fc.oneof(
    fc.constantFrom('ok' as const, 'hang' as const),
    fc.record({ exit: reason }),
    // Well in time, in the nick of it, at its very end, too late: a child has a second.
    fc.record({ afterMs: fc.constantFrom(1, 999, 1_000, 1_001) }),
  ),
});
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    strategy: fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one'),
    maxRestarts: fc.nat({ max: 4 }),
    children: fc.array(
      fc.oneof({ depthSize: 'small', withCrossShrink: true, maxDepth: 2 }, leaf, tie('tree')),
      {
        maxLength: 4,
      },
    ),
  }),
}));
const child = fc.nat({ max: 30 });
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('end' as const), child, reason }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constantFrom('terminate', 'restart', 'delete', 'start'), child }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('advance' as const), ms: fc.nat({ max: 3_000 }) }) },
);

interface Place {
  readonly supervisor: string;
  readonly id: string;
  readonly spec: ChildSpec;
}

/** The specs of a tree, and the places of its leaves in start order. */
function built(stage: Stage, node: Tree, path: string, places: Place[]): ChildSpec[] {
  return node.children.map((each, index) => {
    const id = `${path === 'app' ? '' : `${path.replaceAll('/', '_')}_`}${index}`;
    if ('restart' in each) {
      const spec = stage.child(id, { ...each, shutdown: 1_000 });
      places.push({ supervisor: path, id, spec });
      return spec;
    }
    const children = built(stage, each, `${path}/${id}`, places);
    return childSpec({
      id,
      supervisor: { strategy: each.strategy, maxRestarts: each.maxRestarts, children },
    });
  });
}

async function play(
  stage: Stage,
  moves: readonly Move[],
  places: readonly Place[],
): Promise<Promise<unknown>[]> {
  const calls: Promise<unknown>[] = [];
  for (const each of moves) {
    if (each.type === 'advance') {
      await stage.clock.advance(each.ms);
      continue;
    }
    const place = places[each.child % Math.max(1, places.length)];
    if (place === undefined) continue;
    if (each.type === 'end')
      stage.system.cast(`${place.supervisor}/${place.id}`, { type: 'end', reason: each.reason });
    else calls.push(call(stage, each.type, place).catch((error: unknown) => error));
  }
  return calls;
}

function call(
  stage: Stage,
  type: 'terminate' | 'restart' | 'delete' | 'start',
  place: Place,
): Promise<unknown> {
  const { system } = stage;
  switch (type) {
    case 'terminate':
      return terminateChild(system, place.supervisor, place.id);
    case 'restart':
      return restartChild(system, place.supervisor, place.id);
    case 'delete':
      return deleteChild(system, place.supervisor, place.id);
    case 'start':
      return startChild(system, place.supervisor, place.spec);
  }
}

/** Lets time pass while something waits for it, and no longer, so that a timer that is left over shows. */
async function untilSettled(stage: Stage, waiting: Promise<unknown>): Promise<void> {
  let settled = false;
  const done = waiting.finally(() => {
    settled = true;
  });
  await stage.clock.settle();
  while (!settled && (await stage.clock.advanceToNextTimer()));
  await done;
}

describe('whatever happens to whatever tree', () => {
  it('no child ever lives twice, every call settles, and after the stop nothing is left', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.array(move, { maxLength: 25 }), async (root, moves) => {
        const stage = new Stage();
        const places: Place[] = [];
        const children = built(stage, root, 'app', places);
        const system = await stage.start({
          strategy: root.strategy,
          maxRestarts: root.maxRestarts,
          children,
        });
        const calls = await play(stage, moves, places);
        await untilSettled(stage, system.stop());
        await untilSettled(stage, Promise.all(calls));
        expectNeverTwice(stage.log);
        expect([...stage.live.values()].every((count) => count === 0)).toBe(true);
        expect(stage.clock.pendingTimers).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('children stop in reverse start order [otp-order-of-children]', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (root) => {
        const stage = new Stage();
        const children = built(stage, root, 'app', []);
        await stage.start({ children });
        const started = stage.log.splice(0).map((line) => line.slice(1));
        const stopped = stage.system.stop();
        await stage.clock.advance(120_000);
        await stopped;
        const ended = stage.log.map((line) => line.slice(1).split(' ')[0]);
        expect(ended).toEqual(started.reverse());
      }),
      { numRuns: 100 },
    );
  });
});

interface Workforce {
  readonly strategy: Tree['strategy'];
  readonly maxRestarts: number;
  readonly maxSeconds: number;
  readonly children: readonly Omit<Leaf, 'onStop'>[];
}

const workforce: fc.Arbitrary<Workforce> = fc.record({
  strategy: fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one'),
  maxRestarts: fc.nat({ max: 4 }),
  maxSeconds: fc.integer({ min: 1, max: 4 }),
  children: fc.array(fc.record({ restart: fc.constantFrom('permanent', 'transient'), starts: leafStarts }), {
    minLength: 1,
    maxLength: 3,
  }),
});

interface Attempt {
  readonly id: string;
  readonly at: number;
}

/** Crashes children at moments, and tells when which child was started again, whether the start succeeded or not. */
async function restartsOf(
  stage: Stage,
  root: Workforce,
  crashes: readonly Crash[],
): Promise<{ readonly attempts: readonly Attempt[]; readonly gaveUpAt: number | undefined }> {
  const { children, ...limits } = root;
  const specs = children.map((options, index) => stage.child(String(index), options));
  await stage.start({ ...limits, children: specs });
  stage.takeLog();
  const attempts: Attempt[] = [];
  for (const { child, afterMs } of crashes) {
    await stage.clock.advance(afterMs);
    await stage.end(`app/${child % children.length}`);
    const at = stage.clock.now();
    for (const line of stage.log.splice(0)) {
      if (!line.startsWith('-')) attempts.push({ id: line.slice(1), at });
    }
    if (stage.system.whereis('app') === undefined) return { attempts, gaveUpAt: at };
  }
  return { attempts, gaveUpAt: undefined };
}

interface Crash {
  readonly child: number;
  readonly afterMs: number;
}

describe('in a running tree', () => {
  const crashes = fc.array(fc.record({ child, afterMs: fc.nat({ max: 1_500 }) }), { maxLength: 30 });

  /** The most attempts that any window of this length holds, both its ends included. */
  function busiestWindow(attempts: readonly Attempt[], windowMs: number): number {
    const counts = attempts.map(
      ({ at }, index) => attempts.slice(0, index + 1).filter((earlier) => earlier.at >= at - windowMs).length,
    );
    return Math.max(0, ...counts);
  }

  it('the restarts in any window never exceed the limit', async () => {
    await fc.assert(
      fc.asyncProperty(workforce, crashes, async (root, moments) => {
        const stage = new Stage();
        const { attempts } = await restartsOf(stage, root, moments);
        const windowMs = root.maxSeconds * 1_000;
        // One restart of a group tries each child once at most.
        for (const id of new Set(attempts.map((attempt) => attempt.id))) {
          const own = attempts.filter((attempt) => attempt.id === id);
          expect(busiestWindow(own, windowMs)).toBeLessThanOrEqual(root.maxRestarts);
        }
        if (root.strategy === 'one_for_one') {
          expect(busiestWindow(attempts, windowMs)).toBeLessThanOrEqual(root.maxRestarts);
        }
        await stage.system.stop();
      }),
      { numRuns: 150 },
    );
  });

  it('a supervisor gives up only when the window is full, and then at once', async () => {
    await fc.assert(
      fc.asyncProperty(workforce, crashes, async (any, moments) => {
        const root: Workforce = { ...any, strategy: 'one_for_one' };
        const stage = new Stage();
        const { attempts, gaveUpAt } = await restartsOf(stage, root, moments);
        if (gaveUpAt !== undefined) {
          const inWindow = attempts.filter(({ at }) => at >= gaveUpAt - root.maxSeconds * 1_000);
          expect(inWindow.length).toBe(root.maxRestarts);
        }
        await stage.system.stop();
      }),
      { numRuns: 150 },
    );
  });
});

it('a restart is refused exactly when more than maxRestarts, this one included, lie in the window', () => {
  const gaps = fc.array(fc.nat({ max: 400 }), { maxLength: 60 });
  const limits = fc.record({ maxRestarts: fc.nat({ max: 6 }), windowMs: fc.integer({ min: 1, max: 1_000 }) });
  fc.assert(
    fc.property(gaps, limits, (steps, limit) => {
      const all: number[] = [];
      let restarts: readonly number[] = [];
      let now = 0;
      for (const gap of steps) {
        now += gap;
        all.push(now);
        const inWindow = all.filter((at) => at >= now - limit.windowMs).length;
        const step = recordRestart(restarts, now, limit);
        expect(step.exceeded).toBe(inWindow > limit.maxRestarts);
        expect(step.restarts.length).toBeLessThanOrEqual(limit.maxRestarts + 1);
        ({ restarts } = step);
      }
    }),
  );
});

/** Between two starts of a child there is always its end. */
function expectNeverTwice(log: readonly string[]): void {
  const live = new Set<string>();
  for (const line of log) {
    const [id = ''] = line.slice(1).split(' ');
    if (line.startsWith('+')) {
      expect(live.has(id), `${id} lives twice: ${log.join(' ')}`).toBe(false);
      live.add(id);
    } else if (line.startsWith('-')) {
      live.delete(id);
    }
  }
}
