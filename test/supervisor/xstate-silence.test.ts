import { describe, expect, test } from 'vitest';
import { createActor, createMachine, type InspectionEvent } from 'xstate';
import { silenceUntilInspected } from '../../src/supervisor/xstate-silence.ts';
import { light, startLogic } from './small-logic.ts';
import { SmallWorld } from './small-world.ts';

/** An actor whose system counts how often it is told something. */
function countedActor() {
  const actor = createActor(light);
  const { system }: { system: object } = actor;
  const tell: unknown = Reflect.get(system, '_sendInspectionEvent');
  let told = 0;
  Reflect.set(system, '_sendInspectionEvent', (event: InspectionEvent) => {
    told += 1;
    if (typeof tell === 'function') tell(event);
  });
  return { actor, told: () => told };
}

describe('the XState system of a supervised actor', () => {
  test('is told nothing while nobody inspects', () => {
    const { actor, told } = countedActor();
    silenceUntilInspected(actor);
    actor.start();
    actor.send({ type: 'next' });
    expect(told()).toBe(0);
  });

  test('without that is told of each event, microstep and snapshot: this version of XState still calls it so', () => {
    const { actor, told } = countedActor();
    actor.start();
    const before = told();
    actor.send({ type: 'next' });
    expect(told() - before).toBe(3);
  });

  test('tells everything again from the first inspector on, to all who come, until they leave', () => {
    const { actor, told } = countedActor();
    silenceUntilInspected(actor);
    actor.start();
    const heard: string[] = [];
    const first = actor.system.inspect((event) => heard.push(`1 ${event.type}`));
    actor.system.inspect((event) => heard.push(`2 ${event.type}`));
    actor.send({ type: 'next' });
    const kinds = ['@xstate.event', '@xstate.microstep', '@xstate.snapshot'];
    expect(heard).toEqual(kinds.flatMap((kind) => [`1 ${kind}`, `2 ${kind}`]));
    first.unsubscribe();
    actor.send({ type: 'next' });
    expect(heard.slice(6)).toEqual(kinds.map((kind) => `2 ${kind}`));
    expect(told()).toBe(6);
  });

  test('is silent by the one function that all of them share', async () => {
    const tells: unknown[] = [];
    const telling = createMachine({
      on: { next: { actions: ({ system }) => void tells.push(Reflect.get(system, '_sendInspectionEvent')) } },
    });
    const started = async (world: SmallWorld): Promise<void> => {
      world.runtime.cast(startLogic(world, { logic: telling }), { type: 'next' });
      await world.settle();
    };
    await started(new SmallWorld());
    await started(new SmallWorld());
    await started(new SmallWorld({ inspect: () => {} }));
    expect(tells[1]).toBe(tells[0]);
    expect(tells[2]).not.toBe(tells[0]);
  });

  test('can be inspected by the logic itself, in the middle of its life', async () => {
    const heard: string[] = [];
    const curious = createMachine({
      on: {
        look: { actions: ({ system }) => void system.inspect((event) => heard.push(event.type)) },
        next: {},
      },
    });
    const world = new SmallWorld();
    const pid = startLogic(world, { logic: curious });
    for (const type of ['next', 'look', 'next']) world.runtime.cast(pid, { type });
    await world.settle();
    expect(heard.slice(-3)).toEqual(['@xstate.event', '@xstate.microstep', '@xstate.snapshot']);
    expect(heard.filter((type) => type === '@xstate.event')).toHaveLength(1);
  });
});
