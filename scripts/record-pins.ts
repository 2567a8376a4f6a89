/**
 * Writes test/pins/public-surface/*.txt and test/pins/error-codes.txt from the source: `npm run pins:record`.
 *
 * The diff is the decision: each line in it is something that users can rely on from now on, or no longer.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { errorCatalogue } from '../src/protocol/errors/error-catalogue.ts';
import { publicEntryPoints, publicNames } from '../test/tidy/public-surface.ts';

const pins = new URL('../test/pins/', import.meta.url);

function write(name: string, lines: readonly string[]): void {
  writeFileSync(new URL(name, pins), `${lines.join('\n')}\n`);
  process.stdout.write(`${name}: ${lines.length}\n`);
}

mkdirSync(new URL('public-surface/', pins), { recursive: true });
for (const [subpath, entryPoint] of publicEntryPoints()) {
  const names = publicNames(entryPoint).map(({ name, kind }) => (kind === 'type' ? `type ${name}` : name));
  write(`public-surface/${subpath === '.' ? 'root' : subpath.slice(2)}.txt`, names);
}
write(
  'error-codes.txt',
  Object.entries(errorCatalogue).map(
    ([code, { className, retryable }]) => `${code} ${className} ${retryable ? 'retryable' : 'final'}`,
  ),
);
