/** One file of `codex app-server generate-ts`: a single exported type and what it imports. */
export interface Binding {
  /** Path inside the bindings, such as `v2/Thread.ts`. */
  readonly file: string;
  readonly name: string;
  /** Imported names, with the file each comes from. */
  readonly imports: ReadonlyMap<string, string>;
  /** The declaration with its doc comment, without imports and generator remarks. */
  readonly declaration: string;
}

const importLine = /^import type \{ (\w+) \} from "([^"]+)";$/gm;

/**
 * Reads one generated file.
 *
 * @throws Error when it does not hold exactly one exported type, or an import of another form: then the generator of the
 *   connected Codex has changed, and this reader must follow.
 */
export function parseBinding(file: string, text: string): Binding {
  const imports = new Map<string, string>();
  const body = text
    .replace(importLine, (_line, name: string, from: string) => {
      imports.set(name, resolveImport(file, from));
      return '';
    })
    .replace(/^\/\/.*$/gm, '')
    .trim();
  const names = [...body.matchAll(/^export type (\w+)/gm)].map((match) => match[1]);
  const [name] = names;
  if (name === undefined || names.length > 1 || /^import /m.test(body))
    throw new Error(`${file} is not a single exported type: adapt scripts/protocol/parse-binding.ts to it`);
  return { file, name, imports, declaration: body };
}

function resolveImport(file: string, from: string): string {
  const folders = file.split('/').slice(0, -1);
  for (const part of from.split('/')) {
    if (part === '..') folders.pop();
    else if (part !== '.') folders.push(part);
  }
  return `${folders.join('/')}.ts`;
}
