import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CodexRig } from './rig.ts';

describe.each(['app-server', 'exec'] as const)('on the %s transport', (transport) => {
  let rig: CodexRig;
  beforeAll(async () => {
    rig = await CodexRig.start({ transport });
  });
  afterAll(async () => {
    expect(await rig.close()).toEqual([]);
  });

  test('an id that Codex has kept no thread of is told by the first turn', async () => {
    const id = '0199c3a4-2f10-7c5e-9b1d-6a0e4f2d8c37';
    const thread = rig.codex.resumeThread(id, rig.threadOptions);
    await expect(thread.run('hello')).rejects.toMatchObject({
      name: 'ThreadStateError',
      code: 'thread_not_found',
      operation: 'resume',
      threadId: id,
    });
  });

  // `codex exec` takes a name for an id, and begins a new thread when it knows none of that name.
  test.each(['', 'nope', '--last', 'the thread of yesterday', 7, null])(
    'what is no id, such as %j, is refused at the call',
    (id) => {
      expect(() => Reflect.apply(rig.codex.resumeThread, rig.codex, [id])).toThrow(
        expect.objectContaining({ code: 'invalid_option', field: 'id' }),
      );
    },
  );
});
