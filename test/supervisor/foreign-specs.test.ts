import { describe, expect, it } from 'vitest';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { partitionSupervisor } from '../../src/supervisor/partition-supervisor.ts';
import { countChildren } from '../../src/supervisor/supervisor-client.ts';
import { dynamicSupervisor, simpleOneForOne, supervisor } from '../../src/supervisor/supervisor-flags.ts';
import { Stage } from './stage.ts';

const actor = { init: () => ({ receive() {} }) };

/** What callers without a compiler give for a child spec. */
const foreign: readonly (readonly [title: string, spec: unknown])[] = [
  ['the options of one', { id: 'x', actor }],
  ['one of unknown source', { id: 'x', source: { kind: 'toString' } }],
  ['one without an id', { ...childSpec({ id: 'x', actor }), id: undefined }],
  ['a word', 'x'],
  ['null', null],
  ['nothing', undefined],
];

/** Calls with arguments from a caller that the compiler does not check. */
async function fromOutside(call: (...given: never[]) => unknown, ...given: unknown[]): Promise<unknown> {
  return Reflect.apply(call, undefined, given);
}

function refusal(field: string) {
  return { code: 'invalid_option', field, accepted: expect.stringContaining('a child spec') };
}

describe.each(foreign)('what childSpec has not made is refused to its sender: %s', (_title, spec) => {
  it.each([
    ['dynamic', dynamicSupervisor()],
    ['static', supervisor()],
  ])('by a running supervisor, which goes on with its children: %s', async (_kind, root) => {
    const stage = new Stage();
    const system = await stage.start({ root });
    await system.startChild(stage.child('a'));
    const asked = { type: 'supervisor.startChild', child: { spec } };
    await expect(system.call('app', asked)).rejects.toMatchObject(refusal('child'));
    await expect(system.call('app', { ...asked, child: spec })).rejects.toMatchObject({ field: 'child' });
    expect(await countChildren(system, 'app')).toMatchObject({ active: 1 });
    expect(stage.takeLog()).toBe('+a');
    await system.stop();
  });

  it('by each call that takes one', async () => {
    const inList = refusal('children[0]');
    await expect(fromOutside(ActorSystem.start, { children: [spec] })).rejects.toMatchObject(inList);
    await expect(fromOutside(supervisor, { children: [spec] })).rejects.toMatchObject(inList);
    await expect(fromOutside(childSpec, { id: 's', supervisor: { children: [spec] } })).rejects.toMatchObject(
      inList,
    );
    await expect(fromOutside(simpleOneForOne, { template: spec })).rejects.toMatchObject(refusal('template'));
    for (const child of [spec, () => spec]) {
      const partitions = fromOutside(partitionSupervisor, { child, partitions: 1 });
      await expect(partitions).rejects.toMatchObject(refusal('child'));
    }
  });
});
