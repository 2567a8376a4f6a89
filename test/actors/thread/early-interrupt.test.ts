import { expect, test } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { CodexRig } from '../../codex/rig.ts';

test('a turn that is interrupted between its acceptance and its start is ended by Codex, not by a deadline', async () => {
  let accepted = (): void => undefined;
  const inspect = (seen: InspectionEvent): void => {
    if (seen.type === '@xstate.event' && seen.event.type === 'turn.accepted') accepted();
  };
  // Nothing switched off: Codex takes its time between the two.
  await using rig = await CodexRig.start({ inspect, profile: 'compatible' });
  const gate = rig.model.hold();
  rig.model.script(({ prompt }) => (prompt.includes('stop early') ? [gate.action] : undefined));
  const thread = rig.codex.startThread(rig.threadOptions);
  await thread.run('first');
  const states: string[] = [];
  const unwatch = thread.watch(({ value }) => states.push(value));
  accepted = () => thread.interrupt();
  await expect(thread.run('stop early')).rejects.toMatchObject({ code: 'turn_interrupted' });
  accepted = () => undefined;
  unwatch();
  // A turn whose end Codex does not confirm costs the thread its connection: it would be idle, and open again.
  expect([states.includes('idle'), states.at(-1)]).toEqual([false, 'ready']);
  expect((await thread.run('after it')).finalResponse).toBe('ok');
});
