import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TELEMETRY_EVENT_NAMES } from '../../src/telemetry/index.ts';
import { pinnedLines } from './pinned-lines.ts';

test('the telemetry events are exactly these', () => {
  expect(TELEMETRY_EVENT_NAMES).toEqual(pinnedLines('telemetry-names.txt'));
});

test('every telemetry event has its row in docs/telemetry.md, and no other has', () => {
  const page = readFileSync(new URL('../../docs/telemetry.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z_.]+)` \|/gm)].map((row) => row[1]);
  expect(rows.sort()).toEqual([...TELEMETRY_EVENT_NAMES].sort());
});
