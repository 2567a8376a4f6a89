import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { installedCodex } from '../src/testing/codex-executable.ts';
import { bundleBindings } from './protocol/bundle-bindings.ts';
import { type Binding, parseBinding } from './protocol/parse-binding.ts';

/**
 * `npm run protocol:generate`: writes the types of the app-server protocol, as the pinned Codex binary states them, to
 * src/protocol/generated/app-server-schema.ts. Does nothing when that file already comes from this binary and these scripts.
 */
const root = path.resolve(import.meta.dirname, '..');
const target = path.join(root, 'src/protocol/generated/app-server-schema.ts');
const sources = ['generate-protocol.ts', 'protocol/bundle-bindings.ts', 'protocol/parse-binding.ts'];

async function stampFor(version: string): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(await readFile(path.join(import.meta.dirname, source)));
  return `// From codex ${version}, by scripts ${hash.digest('hex').slice(0, 12)}. Written by \`npm run protocol:generate\`; do not edit.`;
}

async function firstLine(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).split('\n', 1)[0];
  } catch {
    return undefined;
  }
}

async function readBindings(folder: string): Promise<Binding[]> {
  const bindings: Binding[] = [];
  const entries = await readdir(folder, { recursive: true });
  for (const entry of entries.sort()) {
    if (!entry.endsWith('.ts') || path.basename(entry) === 'index.ts') continue;
    const text = await readFile(path.join(folder, entry), 'utf8');
    bindings.push(parseBinding(entry.split(path.sep).join('/'), text));
  }
  return bindings;
}

async function generate(): Promise<void> {
  const codex = installedCodex();
  const stamp = await stampFor(codex.version);
  if ((await firstLine(target)) === stamp) return;

  const scratch = await mkdtemp(path.join(tmpdir(), 'codex-actors-protocol-'));
  try {
    await promisify(execFile)(codex.executable, [
      'app-server',
      'generate-ts',
      '--experimental',
      '--out',
      scratch,
    ]);
    const { text, typeCount } = bundleBindings(await readBindings(scratch));
    await mkdir(path.dirname(target), { recursive: true });
    // Renamed into place, so that two runs at once, or one that is cut off, never leave half a file.
    const unfinished = `${target}.${process.pid}`;
    await writeFile(unfinished, `${stamp}\n${text}`);
    await rename(unfinished, target);
    console.log(`protocol: ${typeCount} types of codex ${codex.version} in ${path.relative(root, target)}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

await generate();
