/** Fails when `npm pack` would ship a file that users have no need of, or leave out one they do: `npm run check:contents`. */
import { join } from 'node:path';
import { describeEnd, runCommand } from './child-command.ts';

const root = join(import.meta.dirname, '..');

/** What may ship: built code with its types and maps, and the pages that explain it. */
const shipped: readonly RegExp[] = [
  /^dist\/.+\.js$/,
  /^dist\/.+\.d\.ts$/,
  /^dist\/.+\.js\.map$/,
  /^docs\/.+\.md$/,
  /^(README|CHANGELOG|CONTRIBUTING)\.md$/,
  /^(LICENSE|package\.json)$/,
];

const required: readonly string[] = [
  'dist/index.js',
  'dist/index.d.ts',
  'dist/cli/main.js',
  'README.md',
  'LICENSE',
  'package.json',
];

const unpackedSizeMax = 8_000_000;

interface PackedFile {
  readonly path: string;
  readonly size: number;
}

/** npm prints a list, or since version 12 an object by name; either way the packed files hang below. */
function packedFiles(output: string): readonly PackedFile[] {
  const report: unknown = JSON.parse(output.slice(output.search(/^[[{]/m)));
  const first: unknown = Array.isArray(report) ? report[0] : Object.values(Object(report))[0];
  if (typeof first !== 'object' || first === null || !('files' in first) || !Array.isArray(first.files)) {
    throw new Error('npm pack --json told of no files');
  }
  return first.files;
}

const result = await runCommand(
  'npm',
  ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=silent'],
  {
    cwd: root,
    timeoutMs: 60_000,
    echo: false,
  },
);
if (result.exitCode !== 0) throw new Error(`npm pack: ${describeEnd(result)}\n${result.output}`);

const files = packedFiles(result.output);
const paths = new Set(files.map((file) => file.path));
const size = files.reduce((sum, file) => sum + file.size, 0);
const complaints = [
  ...files
    .filter(({ path }) => !shipped.some((pattern) => pattern.test(path)))
    .map(({ path }) => `must not ship: ${path}`),
  ...required.filter((path) => !paths.has(path)).map((path) => `must ship: ${path}`),
  ...(size > unpackedSizeMax ? [`unpacked size is ${size} bytes, more than ${unpackedSizeMax}`] : []),
];
process.stdout.write(`${files.length} files, ${Math.round(size / 1_000)} kB unpacked\n`);
if (complaints.length > 0) {
  process.stdout.write(`${complaints.join('\n')}\n`);
  process.exitCode = 1;
}
