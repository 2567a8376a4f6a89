import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Codex, type Thread } from '../../src/index.ts';
import { httpError } from '../../src/testing/index.ts';
import { CodexRig } from './rig.ts';

const apiKey = 'sk-secret-that-a-provider-quotes-0123456789';
const token = 'token-of-the-environment-0123456789';

describe.each(['app-server', 'exec'] as const)(
  'a provider that quotes secrets, on the %s transport',
  (transport) => {
    let rig: CodexRig;
    let codex: Codex;
    let thread: Thread;
    beforeEach(async () => {
      rig = await CodexRig.start();
      const { env, executable: codexPathOverride } = rig.home;
      codex = new Codex({ transport, apiKey, codexPathOverride, env: { ...env, MY_TOKEN: token } });
      thread = codex.startThread(rig.threadOptions);
      const body = {
        error: { message: `Incorrect API key provided: ${apiKey}, max tokens: 4096, ${token}` },
      };
      rig.model.enqueue([httpError(401, { body })]);
    });
    afterEach(async () => {
      await codex.close();
      expect(await rig.close()).toEqual([]);
    });

    test('puts none into the error of a turn, and its other words stay', async () => {
      const error: Error = await thread.run('hello').then(
        () => new Error('the turn did not fail'),
        (reason) => reason,
      );
      expect(error).toMatchObject({ name: 'UnauthorizedError', code: 'unauthorized', httpStatusCode: 401 });
      expect(error.message).toContain('Incorrect API key provided: [redacted], max tokens: 4096, [redacted]');
      expect(whole(error)).not.toContain(apiKey);
      expect(whole(error)).not.toContain(token);
    });

    test('puts none into the events of a turn', async () => {
      const { events } = await thread.runStreamed('hello');
      const seen = await Array.fromAsync(events);
      expect(seen.map(({ type }) => type)).toContain('turn.failed');
      expect(JSON.stringify(seen)).not.toContain(apiKey);
      expect(JSON.stringify(seen)).not.toContain(token);
    });
  },
);

/** All that a logger could write down of an error. */
function whole(error: Error): string {
  return JSON.stringify({ ...error, message: error.message, stack: error.stack, cause: error.cause });
}
