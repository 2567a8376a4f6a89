import { expect, test } from 'vitest';
import { Codex } from '../../src/index.ts';
import { fakeAppServer, fakeEnvironment } from '../actors/exec-port/fake-app-server.ts';

test('closing does not wait for a handshake that never ends: the process is killed, and the turn told that all is closed', async () => {
  const handshaking = Promise.withResolvers<void>();
  const codex = new Codex({
    codexPathOverride: fakeAppServer,
    env: fakeEnvironment('silent'),
    inspect: (seen) => {
      if (
        seen.type === '@xstate.snapshot' &&
        'value' in seen.snapshot &&
        seen.snapshot.value === 'handshaking'
      )
        handshaking.resolve();
    },
  });
  const turn = codex.startThread().run('never sent');
  const refused = expect(turn).rejects.toMatchObject({ code: 'thread_closed' });
  await handshaking.promise;
  // Longer than a handshake may take: left to itself, the turn would be told of that.
  await codex.close({ timeoutMs: 60_000 });
  await refused;
});

test.each([
  ['the arguments of a signal', 'SIGTERM'],
  ['nothing', null],
  ['what a library for shutdowns hands to all', { signal: 'SIGTERM', manual: false }],
])(
  'closing that is given %s closes: whoever ends a program is not to be told of names',
  async (_what, given) => {
    const codex = new Codex({ codexPathOverride: fakeAppServer, env: fakeEnvironment('silent') });
    await Reflect.apply(codex.close, codex, [given]);
    await expect(codex.startThread().run('never sent')).rejects.toMatchObject({ code: 'thread_closed' });
  },
);
