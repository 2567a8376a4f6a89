import { describe, expect, onTestFinished, test } from 'vitest';
import { AppServerTransport } from '../../src/actors/app-server-transport.ts';
import type { ExecPortOptions } from '../../src/actors/exec-port/port-options.ts';
import { unreadNotifications } from '../../src/actors/unread-notifications.ts';
import {
  createCodexHome,
  homeMarkVariable,
  patch,
  processesLeft,
  ScriptedModel,
  text,
} from '../../src/testing/index.ts';
import { Thread } from '../../src/thread.ts';
import { readText, typeScriptFiles } from '../tidy/repository.ts';

/** The methods of all that Codex tells, to its connection and to a thread, while a turn of it changes a file. */
async function methodsOfATurn(port: Partial<ExecPortOptions>): Promise<ReadonlySet<string>> {
  const model = await ScriptedModel.start();
  const home = await createCodexHome({ model });
  const methods = new Set<string>();
  const { workingDirectory, env, executable } = home;
  const transport = new AppServerTransport({
    port: {
      codexPathOverride: executable,
      env,
      onConnectionNotification: ({ method }) => void methods.add(method),
      ...port,
    },
  });
  onTestFinished(async () => {
    await transport.close({ timeoutMs: 10_000 });
    expect(await processesLeft(homeMarkVariable, home.mark, { withinMs: 5_000 })).toEqual([]);
    await model.close();
    await home.dispose();
  });
  const options = { workingDirectory, approvalPolicy: 'never', sandboxMode: 'workspace-write' } as const;
  const thread = new Thread(transport.openThread({ threadId: null, options }));
  await thread.run('begin');
  const threadId = thread.id ?? '';
  const { connection } = await transport.portInfo();
  const ended = Promise.withResolvers<void>();
  connection.attach(threadId, {
    notify: ({ method }) => {
      methods.add(method);
      if (method === 'turn/completed') ended.resolve();
    },
    request: () => undefined,
  });
  model.enqueue([patch('*** Begin Patch\n*** Add File: a.txt\n+a\n*** End Patch')], [text('done')]);
  await connection.request('turn/start', {
    threadId,
    input: [{ type: 'text', text: 'go', text_elements: [] }],
  });
  await ended.promise;
  return methods;
}

describe('what nothing here reads', () => {
  test('is not sent, and all else is', async () => {
    const methods = await methodsOfATurn({});
    expect(unreadNotifications.filter((method) => methods.has(method))).toEqual([]);
    for (const read of ['turn/started', 'item/started', 'item/completed', 'thread/tokenUsage/updated'])
      expect(methods).toContain(read);
  });

  test('would be sent unless Codex were asked not to, under the very names', async () => {
    const methods = await methodsOfATurn({ optOutNotificationMethods: [] });
    expect(unreadNotifications.filter((method) => !methods.has(method))).toEqual([]);
  });

  test.each(unreadNotifications)('%s is named nowhere else in the runtime', (method) => {
    const naming = typeScriptFiles('src').filter((file) => readText(file).includes(`'${method}'`));
    expect(naming).toEqual(['src/actors/unread-notifications.ts']);
  });
});
