import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';

/** Absolute path of the repository. */
export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Paths from the root, with `/`, of all files that git knows or would take; what git ignores is nobody's concern. */
export const repositoryFiles: readonly string[] = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
  { cwd: repositoryRoot, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
)
  .split('\0')
  .filter((path) => path !== '' && isFile(path))
  .sort();

/** The TypeScript files below the given folders. */
export function typeScriptFiles(...folders: readonly string[]): readonly string[] {
  return repositoryFiles.filter(
    (path) => path.endsWith('.ts') && folders.some((folder) => path.startsWith(`${folder}/`)),
  );
}

export function readText(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8');
}

export function isFile(path: string): boolean {
  return statSync(join(repositoryRoot, path), { throwIfNoEntry: false })?.isFile() === true;
}

/** A syntax tree node; which further fields it has depends on its type. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface ModuleImport {
  /** The specifier as written, such as `./clock.ts` or `node:fs`. */
  readonly specifier: string;
  /** For relative specifiers: the path from the root. */
  readonly path: string | undefined;
  readonly typesOnly: boolean;
  readonly start: number;
}

export interface ModuleExport {
  readonly name: string;
  readonly typeOnly: boolean;
  /** For `export { a as b } from './c.ts'`: where it comes from, and its name there. */
  readonly from: { readonly specifier: string; readonly name: string } | undefined;
  readonly start: number;
}

export interface SourceComment {
  readonly type: 'Line' | 'Block';
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export interface SourceModule {
  readonly path: string;
  readonly text: string;
  readonly program: SyntaxNode;
  readonly comments: readonly SourceComment[];
  readonly imports: readonly ModuleImport[];
  readonly exports: readonly ModuleExport[];
}

const modules = new Map<string, SourceModule>();

/** Parses a TypeScript file; each only once. */
export function sourceModule(path: string): SourceModule {
  const known = modules.get(path);
  if (known !== undefined) return known;
  const parsed = parseModule(path, readText(path));
  modules.set(path, parsed);
  return parsed;
}

export function parseModule(path: string, text: string): SourceModule {
  const { program, comments, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);
  if (!isSyntaxNode(program)) throw new Error(`${path} has no syntax tree`);
  const toImport = (specifier: string, typesOnly: boolean, start: number): ModuleImport => ({
    specifier,
    path: specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined,
    typesOnly,
    start,
  });
  const imports = [
    ...module.staticImports.map((found) =>
      toImport(
        found.moduleRequest.value,
        found.entries.length > 0 && found.entries.every((entry) => entry.isType),
        found.start,
      ),
    ),
    ...module.staticExports.flatMap((found) =>
      found.entries.flatMap((entry) =>
        entry.moduleRequest === null ? [] : [toImport(entry.moduleRequest.value, entry.isType, found.start)],
      ),
    ),
    ...module.dynamicImports.flatMap((found) => {
      const literal = /^(['"])(.*)\1$/.exec(text.slice(found.moduleRequest.start, found.moduleRequest.end));
      return literal?.[2] === undefined ? [] : [toImport(literal[2], false, found.start)];
    }),
  ];
  const exports = module.staticExports.flatMap((found) =>
    found.entries.map((entry) => ({
      name: entry.exportName.name ?? '*',
      typeOnly: entry.isType,
      from:
        entry.moduleRequest === null
          ? undefined
          : { specifier: entry.moduleRequest.value, name: entry.importName.name ?? '*' },
      start: found.start,
    })),
  );
  return { path, text, program, comments, imports, exports };
}

/** Every node of a syntax tree, parents before children. */
export function* walk(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isSyntaxNode(child)) yield* walk(child);
    }
  }
}

export function isSyntaxNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** `src/a.ts:12`, as editors and terminals understand it. */
export function location(path: string, text: string, offset: number): string {
  return `${path}:${text.slice(0, offset).split('\n').length}`;
}
