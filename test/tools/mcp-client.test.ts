import { describe, expect, test } from 'vitest';
import { McpServerError } from '../../src/protocol/index.ts';
import { McpRig, nothingLeft, type Reach } from './mcp-rig.ts';

const reaches: readonly Reach[] = ['stdio', 'HTTP'];

describe.each(reaches)('an MCP server of the application, over %s', (reach) => {
  test('is connected to, listed and called like a tool of our own', async () => {
    const rig = await McpRig.start(reach, 'answers');
    const server = await rig.connect();
    expect(server.status).toEqual({
      name: 'lab',
      state: 'ready',
      tools: ['lab__work', 'lab__write'],
      collisions: [],
      leftOut: 0,
      leftOutAtLeast: false,
      failures: 0,
      error: null,
    });
    expect(await rig.call('lab__work')).toEqual({ success: true, text: 'worked' });
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test.each(['prints garbage', 'answers twice'])(
    'that %s: the call is answered once, with what is its answer',
    async (behaviour) => {
      const rig = await McpRig.start(reach, behaviour);
      await rig.connect();
      expect(await rig.call('lab__work')).toEqual({ success: true, text: 'worked' });
      expect(await rig.call('lab__work')).toEqual({ success: true, text: 'worked' });
      expect(await rig.close()).toEqual(nothingLeft);
    },
  );

  test('that says that it failed: the model is told so in its words', async () => {
    const rig = await McpRig.start(reach, 'fails');
    await rig.connect();
    expect(await rig.call('lab__work')).toEqual({
      success: false,
      text: expect.stringContaining('the shelf is empty'),
    });
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that hangs in a call: the call ends at its deadline, the next server call is made on the same connection', async () => {
    const rig = await McpRig.start(reach, 'hangs');
    await rig.connect({ timeoutMs: 5_000 });
    const answer = rig.call('lab__work');
    await rig.begun('work');
    await rig.clock.advance(5_000);
    expect((await answer).text).toContain('it did not end within 5000 ms');
    expect(rig.mcp.connected).toMatchObject([{ state: 'ready', failures: 0 }]);
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that hangs in a call: the end of the turn ends it', async () => {
    const rig = await McpRig.start(reach, 'hangs');
    await rig.connect();
    const answer = rig.call('lab__work');
    await rig.begun('work');
    rig.endTurn();
    expect((await answer).text).toContain('its turn ended before it did');
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that hangs at its handshake: connect rejects after the deadline, and nothing is left', async () => {
    const rig = await McpRig.start(reach, 'hangs at handshake');
    const connecting = rig.connect({ handshakeTimeoutMs: 3_000 });
    const failed = expect(connecting).rejects.toThrow(McpServerError);
    await rig.until(({ state }) => state === 'connecting');
    await rig.started();
    await rig.clock.advance(3_000);
    await failed;
    await expect(connecting).rejects.toMatchObject({ server: 'lab', step: 'connect', retryable: true });
    expect(rig.mcp.connected).toEqual([]);
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that dies in the middle of a call that may be repeated: it is connected to anew, and the call is made again', async () => {
    const rig = await McpRig.start(reach, 'dies once');
    await rig.connect();
    const answer = rig.call('lab__work');
    await rig.until(({ state }) => state === 'waiting');
    if (reach === 'HTTP') await rig.startHttp();
    await rig.backedOff();
    expect(await answer).toEqual({ success: true, text: 'worked' });
    expect(rig.ran).toEqual(['work', 'work']);
    expect(rig.mcp.connected).toMatchObject([{ state: 'ready', tools: ['lab__work', 'lab__write'] }]);
    await rig.flushed();
    expect(rig.events.map(({ name }) => name).filter((name) => name.startsWith('mcp.'))).toEqual([
      'mcp.ready',
      'mcp.tools_changed',
      'mcp.lost',
      'mcp.ready',
    ]);
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that dies in the middle of a call that changes something: the call fails, and is never made again', async () => {
    const rig = await McpRig.start(reach, 'dies once');
    await rig.connect();
    const { success, text } = await rig.call('lab__write');
    expect([success, text]).toEqual([false, expect.stringContaining('may have done its work')]);
    if (reach === 'HTTP') await rig.startHttp();
    await rig.until(({ state }) => state === 'waiting');
    await rig.backedOff();
    await rig.until(({ state }) => state === 'ready');
    expect(await rig.call('lab__write')).toEqual({ success: true, text: 'worked' });
    expect(rig.ran).toEqual(['write', 'write']);
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that is killed while it is idle: a call waits until it is there again', async () => {
    const rig = await McpRig.start(reach, 'answers');
    await rig.connect();
    await rig.kill();
    const answer = rig.call('lab__work');
    await rig.until(({ state }) => state === 'waiting');
    if (reach === 'HTTP') await rig.startHttp();
    await rig.backedOff();
    expect(await answer).toEqual({ success: true, text: 'worked' });
    expect(rig.ran).toEqual(['work']);
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that never comes back: it is given up after so many tries, calls fail at once, reconnect tries again', async () => {
    const rig = await McpRig.start(reach, 'dies');
    const server = await rig.connect({ reconnectsMax: 0 });
    expect((await rig.call('lab__write')).success).toBe(false);
    await rig.until(({ state }) => state === 'failed');
    expect((await rig.call('lab__write')).success).toBe(false);
    expect(rig.ran).toEqual(['write']);
    if (reach === 'HTTP') await rig.startHttp();
    server.reconnect();
    await rig.until(({ state }) => state === 'ready');
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that is closed while a call waits until it is there again: the call is told why, and not that it may have done its work', async () => {
    const rig = await McpRig.start(reach, 'answers');
    const server = await rig.connect();
    await rig.kill();
    const answer = rig.call('lab__work');
    await rig.until(({ state }) => state === 'waiting');
    await server.close();
    const { success, text } = await answer;
    expect([success, text.includes('may have done its work')]).toEqual([false, false]);
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that is lost, and is told to reconnect while it is still being ended: it is connected to without a pause, and its loss is told once', async () => {
    const rig = await McpRig.start(reach, 'answers, refuses 404 once');
    const server = await rig.connect();
    const released: string[] = [];
    rig.mcp.subscribe((news) => {
      if (news.type !== 'server' || news.status.state !== 'waiting') return;
      released.push(news.status.name);
      server.reconnect();
    });
    const call = reach === 'HTTP' ? rig.call('lab__work') : rig.kill();
    await rig.until(({ state }) => state === 'waiting');
    await rig.until(({ state }) => state === 'ready');
    await call;
    expect(await rig.call('lab__work')).toEqual({ success: true, text: 'worked' });
    await rig.flushed();
    expect(rig.events.filter(({ name }) => name === 'mcp.lost')).toMatchObject([{ failures: 1 }]);
    expect(released).toEqual(['lab']);
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that lists 500 tools on five pages: all are offered, and the last one works', async () => {
    const rig = await McpRig.start(reach, 'lists many');
    const { status } = await rig.connect();
    expect([status.tools.length, status.leftOut]).toEqual([500, 0]);
    expect(await rig.call('lab__work')).toEqual({ success: true, text: 'worked' });
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('whose list has no end: 64 pages are read, 500 tools are offered, and its status says that at least the others are left out', async () => {
    const rig = await McpRig.start(reach, 'lists without end');
    const { status } = await rig.connect();
    expect(status).toMatchObject({ state: 'ready', leftOut: 140, leftOutAtLeast: true });
    expect(status.tools).toHaveLength(500);
    expect(await rig.call('lab__work')).toEqual({ success: true, text: 'worked' });
    await rig.flushed();
    expect(rig.events.find(({ name }) => name === 'mcp.tools_changed')).toMatchObject({
      toolCount: 500,
      leftOut: 140,
      leftOutAtLeast: true,
    });
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that changes its list: new threads are offered the new one, a call of the old is told that it is gone', async () => {
    const rig = await McpRig.start(reach, 'changes its list');
    await rig.connect();
    expect(await rig.call('lab__work')).toEqual({ success: true, text: 'worked' });
    const { tools } = await rig.until((status) => status.tools.includes('lab__play'));
    expect(tools).toEqual(['lab__play']);
    expect(rig.table.names).toEqual(['lab__play']);
    expect((await rig.call('lab__work')).text).toContain('not available any more');
    expect((await rig.call('lab__play')).success).toBe(true);
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that asks back is answered by whoever decides for the thread that calls it', async () => {
    const rig = await McpRig.start(reach, 'asks back');
    await rig.connect();
    rig.answer = { action: 'accept', content: { name: 'Ada' } };
    const { text } = await rig.call('lab__work');
    expect(JSON.parse(text)).toEqual({ action: 'accept', content: { name: 'Ada' } });
    expect(rig.questions).toMatchObject([{ serverName: 'lab', mode: 'form', message: 'Who are you?' }]);
    rig.answer = { action: 'decline' };
    expect(JSON.parse((await rig.call('lab__work')).text)).toEqual({ action: 'decline' });
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that asks back, and nobody decides: with the deadline of the call the question is withdrawn', async () => {
    const rig = await McpRig.start(reach, 'asks back');
    await rig.connect({ timeoutMs: 5_000 });
    rig.answer = null;
    const answer = rig.call('lab__work');
    while (rig.questions.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(rig.withdrawn).toBe(0);
    await rig.clock.advance(5_000);
    expect((await answer).text).toContain('it did not end within 5000 ms');
    expect(rig.withdrawn).toBe(1);
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('that asks back while several threads call it is declined: nobody knows who may decide', async () => {
    const rig = await McpRig.start(reach, 'asks back');
    await rig.connect();
    rig.answer = { action: 'accept', content: { name: 'Ada' } };
    const answers = await Promise.all([rig.call('lab__work', 'one'), rig.call('lab__work', 'two')]);
    expect(answers.map(({ text }) => JSON.parse(text).action)).toContain('decline');
    expect(await rig.close()).toEqual(nothingLeft);
  });
});
