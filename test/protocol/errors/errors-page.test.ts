import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCatalogue } from '../../../src/protocol/errors/index.ts';

test('every code has its row in docs/errors.md, under the class that carries it, and no other has', () => {
  const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z_]+)` \| (?:`(\w+)`)?/gm)].map(([, code, className]) => [
    code,
    className ?? 'FileError',
  ]);
  const catalogue = Object.entries(errorCatalogue).map(([code, entry]) => [code, entry.className]);
  expect(rows.sort()).toEqual(catalogue.sort());
});
