import { describe, expect, test } from 'vitest';
import { openCrashableStore, openStore } from './attachments-rig.ts';

describe('a closed store', () => {
  test('refuses what is asked of it, once and for all', async () => {
    const { store } = await openStore();
    await Promise.all([store.close(), store.close()]);
    await expect(store.stage(Buffer.from('x'))).rejects.toMatchObject({ code: 'file_connection_closed' });
    await expect(store.list()).rejects.toMatchObject({ code: 'file_connection_closed' });
  });
});

describe('closing', () => {
  test('ends stagings under way with file_connection_closed, on the event loop and on a worker', async () => {
    const { store, source } = await openStore();
    const path = await source('large.bin', Buffer.alloc(64 * 1_048_576));
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    async function* chunks() {
      yield Buffer.from('half');
      await gate.promise;
      yield Buffer.from('rest');
    }
    const stagings = [store.stage(chunks()), store.stage(path, { onProgress: () => begun.resolve() })];
    const outcomes = Promise.allSettled(stagings);
    await begun.promise;
    await store.close();
    gate.resolve();
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'file_connection_closed' } });
  });
});

describe('closing on a file system that hangs', () => {
  /** A store whose folder is busy with work that does not end, and the way to end it. */
  async function hungStore() {
    const rig = await openCrashableStore();
    const kept = await rig.store.stage(Buffer.from('kept'), { persist: true });
    const { promise, resolve: recover } = Promise.withResolvers<void>();
    const hung = rig.estate.area.exclusively(() => promise);
    return { ...rig, kept, hung, recover };
  }

  test('is given up at its deadline; the folder stays this process’s until the file system has finished', async () => {
    const { store, clock, directory, kept, hung, recover } = await hungStore();
    const listing = expect(store.list()).rejects.toMatchObject({ code: 'file_connection_closed' });
    const closing = store.close({ timeoutMs: 3_000 });
    const failure = { code: 'file_io_failed', retryable: true, path: directory };
    const outcome = expect(closing).rejects.toMatchObject(failure);
    await clock.advance(3_000);
    await outcome;
    await listing;
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'file_store_owned' });
    recover();
    await hung;
    await store.close();
    expect(await (await openStore({ directory })).store.list()).toEqual([kept]);
  });

  test('is waited for when it is asked for again, and leaves no timer', async () => {
    const { store, clock, recover } = await hungStore();
    const first = expect(store.close({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'file_io_failed' });
    await clock.advance(0);
    await first;
    const second = store.close();
    await clock.advance(9_999);
    recover();
    await second;
    expect(clock.pendingTimers).toBe(0);
  });

  test('refuses a deadline that cannot be, and closes nothing then', async () => {
    const { store } = await openStore();
    await expect(store.close({ timeoutMs: -1 })).rejects.toMatchObject({
      code: 'invalid_option',
      field: 'timeoutMs',
    });
    expect(await store.list()).toEqual([]);
  });
});
