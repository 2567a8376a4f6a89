import { describe, expect, test } from 'vitest';
import { McpServerError } from '../../src/protocol/index.ts';
import { McpRig, nothingLeft } from './mcp-rig.ts';

/** A server that answers calls with a status instead of making them, connected to. */
async function refusing(status: number, how: 'once' | 'always' = 'once'): Promise<McpRig> {
  const rig = await McpRig.start('HTTP', `answers, refuses ${status}${how === 'once' ? ' once' : ''}`);
  await rig.connect();
  return rig;
}

const lost = async (rig: McpRig) => {
  await rig.flushed();
  return rig.events.filter(({ name }) => name === 'mcp.lost').length;
};
const worked = { success: true, text: 'worked' };

describe('a server over HTTP that refuses a call', () => {
  test.each([400, 402, 413, 422])('with %i: that call fails at once, and nothing else', async (status) => {
    const rig = await refusing(status);
    const { success, text } = await rig.call('lab__work');
    expect([success, text]).toEqual([false, expect.stringContaining(`HTTP ${status}: not now`)]);
    expect(text).not.toContain('may have done its work');
    expect(await rig.call('lab__work')).toEqual(worked);
    expect(rig.mcp.connected).toMatchObject([{ state: 'ready', failures: 0, error: null }]);
    expect(await lost(rig)).toBe(0);
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test.each([500, 503])(
    'with %i: one that may be repeated is made again after a pause, on the same connection',
    async (status) => {
      const rig = await refusing(status);
      const pausing = rig.event('tool.progress');
      const answer = rig.call('lab__work');
      expect(await pausing).toMatchObject({
        message: expect.stringMatching(`^HTTP ${status}: called again in`),
      });
      await rig.clock.advance(1_000);
      expect(await answer).toEqual(worked);
      expect(await lost(rig)).toBe(0);
      expect(await rig.close()).toEqual(nothingLeft);
    },
  );

  test.each([500, 503])(
    'with %i: one that changes something is never made again, and the model is told why',
    async (status) => {
      const rig = await refusing(status);
      const { success, text } = await rig.call('lab__write');
      expect([success, text]).toEqual([
        false,
        expect.stringContaining(`HTTP ${status}: not now. The call may have done its work`),
      ]);
      expect(rig.ran).toEqual([]);
      expect(rig.mcp.connected).toMatchObject([{ state: 'ready', failures: 0 }]);
      expect(await rig.close()).toEqual(nothingLeft);
    },
  );

  test('with 429: any call is made again, and not before the time that the server names', async () => {
    const rig = await refusing(429);
    const pausing = rig.event('tool.progress');
    const answer = rig.call('lab__write');
    await pausing;
    await rig.clock.advance(6_999);
    expect(rig.ran).toEqual([]);
    await rig.clock.advance(1_001);
    expect(await answer).toEqual(worked);
    expect(rig.ran).toEqual(['write']);
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('with 429: a call that waits to be made again ends with the connection, and was not begun', async () => {
    const rig = await McpRig.start('HTTP', 'answers, refuses 429 once');
    const server = await rig.connect();
    const pausing = rig.event('tool.progress');
    const answer = rig.call('lab__write');
    await pausing;
    await server.close();
    const { success, text } = await answer;
    expect([success, text]).toEqual([false, expect.stringContaining('it was closed')]);
    expect(text).not.toContain('may have done its work');
    expect(rig.clock.pendingTimers).toBe(0);
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test('with 503 each time: it is made three times, then fails; one that waits ends with its turn', async () => {
    const rig = await refusing(503, 'always');
    let pausing = rig.event('tool.progress');
    const answer = rig.call('lab__work');
    for (const longestMs of [1_000, 2_000]) {
      await pausing;
      pausing = rig.event('tool.progress');
      await rig.clock.advance(longestMs);
    }
    expect(await answer).toEqual({ success: false, text: expect.stringContaining('HTTP 503: not now') });
    const waiting = rig.call('lab__work');
    await pausing;
    rig.endTurn();
    expect((await waiting).text).toContain('its turn ended before it did');
    expect(await lost(rig)).toBe(0);
    expect(await rig.close()).toEqual(nothingLeft);
  });

  test.each([401, 403, 404])(
    'with %i: headers or session are of no use any more, it is connected to anew, and any call is made again',
    async (status) => {
      const rig = await refusing(status);
      const answer = rig.call('lab__write');
      await rig.until(({ state }) => state === 'waiting');
      expect(rig.mcp.connected).toMatchObject([{ error: expect.stringContaining(`HTTP ${status}`) }]);
      await rig.backedOff();
      expect(await answer).toEqual(worked);
      expect(rig.ran).toEqual(['write']);
      expect(await lost(rig)).toBe(1);
      expect(await rig.close()).toEqual(nothingLeft);
    },
  );

  test('with 404: another call under way that changes something was begun, and is not made again', async () => {
    const rig = await McpRig.start('HTTP', 'hangs, refuses 404 once of work');
    await rig.connect();
    const begun = rig.call('lab__write');
    await rig.begun('write');
    const refused = rig.call('lab__work');
    expect((await begun).text).toContain('it ended in the middle of the call, which may have done its work');
    await rig.backedOff();
    await rig.begun('work');
    rig.endTurn();
    await refused;
    expect(rig.ran).toEqual(['write', 'work']);
    expect(await rig.close()).toEqual(nothingLeft);
  });
});

test('a handshake that is refused tells the status, and whether a later one may do', async () => {
  const rig = await McpRig.start('HTTP', 'answers');
  const connecting = rig.mcp.connect('lab', { ...rig.options, headers: { 'x-key': 'wrong' } });
  await expect(connecting).rejects.toThrow(McpServerError);
  await expect(connecting).rejects.toMatchObject({ step: 'connect', httpStatusCode: 401, retryable: false });
  expect(await rig.close()).toEqual(nothingLeft);
});
