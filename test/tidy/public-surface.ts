import { posix } from 'node:path';
import { readText, sourceModule } from './repository.ts';

/** One thing that users can import, and where it is declared. */
export interface PublicName {
  readonly name: string;
  readonly kind: 'value' | 'type';
  /** The file that declares it, and the offset of its declaration there. */
  readonly path: string;
  readonly offset: number;
  /** Whether it comes from the generated protocol, whose words are Codex's. */
  readonly generated: boolean;
}

/** The source of each subpath export of package.json, such as `./supervisor` → `src/supervisor/index.ts`. */
export function publicEntryPoints(): ReadonlyMap<string, string> {
  const { exports }: { exports: Record<string, string | { default: string }> } = JSON.parse(
    readText('package.json'),
  );
  return new Map(
    Object.entries(exports).flatMap(([subpath, target]) =>
      typeof target === 'string'
        ? []
        : [[subpath, target.default.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts')] as const],
    ),
  );
}

/** Everything an entry point exports, values and types, followed to its declaration. */
export function publicNames(entryPoint: string): readonly PublicName[] {
  return sourceModule(entryPoint)
    .exports.map(({ name, typeOnly }) => ({
      name,
      kind: typeOnly ? ('type' as const) : ('value' as const),
      ...declarationOf(entryPoint, name),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function declarationOf(path: string, name: string): Pick<PublicName, 'path' | 'offset' | 'generated'> {
  const found = sourceModule(path).exports.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${path} does not export ${name}`);
  const { from } = found;
  const generated = from?.specifier.includes('/generated/') === true;
  if (from === undefined || generated || !from.specifier.startsWith('.')) {
    return { path, offset: found.start, generated };
  }
  return declarationOf(posix.join(posix.dirname(path), from.specifier), from.name);
}

/** Whether a doc comment stands right before the declaration. */
export function isDocumented({ path, offset }: PublicName): boolean {
  const { comments, text } = sourceModule(path);
  return comments.some(
    (comment) =>
      comment.type === 'Block' &&
      comment.value.startsWith('*') &&
      comment.end <= offset &&
      text.slice(comment.end, offset).trim() === '',
  );
}
