import { describe, expect, test } from 'vitest';
import { publicEntryPoints, publicNames } from '../tidy/public-surface.ts';
import { pinnedLines } from './pinned-lines.ts';

describe.each([...publicEntryPoints()])('%s', (subpath, entryPoint) => {
  test('exports exactly what is pinned', () => {
    const pin = `public-surface/${subpath === '.' ? 'root' : subpath.slice(2)}.txt`;
    const names = publicNames(entryPoint).map(({ name, kind }) => (kind === 'type' ? `type ${name}` : name));
    expect(names).toEqual(pinnedLines(pin));
  });
});

test('the root exports at most 30 values: a reader must be able to take them in at a glance', () => {
  const values = publicNames('src/index.ts').filter(({ kind }) => kind === 'value');
  expect(values.length).toBeLessThanOrEqual(30);
});
