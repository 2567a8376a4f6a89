/** Lets the shell run what package.json names in `bin`: the compiler writes plain files, and npm marks them only in what it packs. */
import { chmodSync, readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const { bin }: { readonly bin: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(new URL('package.json', root), 'utf8'),
);

for (const path of Object.values(bin)) chmodSync(new URL(path, root), 0o755);
