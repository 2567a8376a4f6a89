import { expect, test } from 'vitest';
import { Outbox } from '../../src/telemetry/outbox.ts';

test('one emission is in flight at a time, in the order of publishing', async () => {
  const log: string[] = [];
  const outbox = new Outbox<string>(async (event) => {
    log.push(`begin ${event}`);
    await new Promise(setImmediate);
    log.push(`end ${event}`);
  });
  outbox.push('a');
  outbox.push('b');
  await outbox.whenIdle();
  expect(log).toEqual(['begin a', 'end a', 'begin b', 'end b']);
});
