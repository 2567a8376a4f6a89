import { expect, test } from 'vitest';
import { listedOnce, pageOnce } from '../../../src/actors/thread-operations/listed-once.ts';
import type { ThreadRecord } from '../../../src/protocol/thread-records.ts';

function record(id: string): ThreadRecord {
  return {
    id,
    name: null,
    preview: '',
    createdAtMs: 0,
    updatedAtMs: 0,
    workingDirectory: '/',
    model: null,
    modelProvider: 'openai',
    status: 'idle',
    ephemeral: false,
    forkedFromId: null,
    threadSource: null,
  };
}

async function* threads(ids: string) {
  for (const id of ids) yield record(id);
}

async function listed(ids: string, idsMax?: number): Promise<string> {
  let found = '';
  for await (const { id } of listedOnce(threads(ids), idsMax)) found += id;
  return found;
}

test('a thread that comes again is given once, as it comes first', async () => {
  expect(await listed('abacba')).toBe('abc');
  expect(pageOnce([...'abacba'].map(record)).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
});

test('ids are remembered up to the limit, the newest', async () => {
  expect(await listed('abaca', 2)).toBe('abca');
});
