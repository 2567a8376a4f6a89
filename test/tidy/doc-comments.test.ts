import { describe, expect, test } from 'vitest';
import { isDocumented, publicEntryPoints, publicNames } from './public-surface.ts';
import { isFile, location, readText } from './repository.ts';

describe.each([...publicEntryPoints()])('%s', (_subpath, entryPoint) => {
  test('has a source', () => {
    expect(isFile(entryPoint)).toBe(true);
  });

  test('says of each thing it exports what it is, since that is what an editor shows to its user', () => {
    const undocumented = publicNames(entryPoint)
      .filter((one) => !one.generated && !isDocumented(one))
      .map(({ name, path, offset }) => `${name} (${location(path, readText(path), offset)})`);
    expect(undocumented).toEqual([]);
  });
});
