import { describe, expect, test } from 'vitest';
import { isSyntaxNode, readText, type SyntaxNode, sourceModule, typeScriptFiles } from './repository.ts';

/** A named bound of the source, or its row in docs/limits.md. */
interface Limit {
  readonly name: string;
  readonly value: number;
  readonly path: string;
}

/** How bounds and waits are named: units last, and these words for what is bounded. */
const limitName = /(Max|Capacity|Default|Ms|Seconds|Attempts|AtOnce)$/;

/** The value of a number, or of a product of numbers such as `4 * 1_048_576`. */
function numberOf(node: unknown): number | undefined {
  if (!isSyntaxNode(node)) return undefined;
  if (node.type === 'Literal') return typeof node.value === 'number' ? node.value : undefined;
  if (node.type !== 'BinaryExpression' || node.operator !== '*') return undefined;
  const left = numberOf(node.left);
  const right = numberOf(node.right);
  return left === undefined || right === undefined ? undefined : left * right;
}

function topLevelDeclarations(program: SyntaxNode): readonly SyntaxNode[] {
  const statements = Array.isArray(program.body) ? program.body.filter(isSyntaxNode) : [];
  return statements
    .map((node) =>
      node.type === 'ExportNamedDeclaration' && isSyntaxNode(node.declaration) ? node.declaration : node,
    )
    .filter((node) => node.type === 'VariableDeclaration')
    .flatMap((node) => (Array.isArray(node.declarations) ? node.declarations.filter(isSyntaxNode) : []));
}

/** A constant that is a number, or the numbers of one that is a table of limits. */
function namedNumbers(declaration: SyntaxNode): readonly (readonly [name: string, node: unknown])[] {
  const { id, init } = declaration;
  if (!isSyntaxNode(init) || init.type !== 'ObjectExpression') return [[nameOf(id), init]];
  const properties = Array.isArray(init.properties) ? init.properties.filter(isSyntaxNode) : [];
  return properties.map((property) => [nameOf(property.key), property.value]);
}

function nameOf(node: unknown): string {
  return isSyntaxNode(node) && typeof node.name === 'string' ? node.name : '';
}

function limitsOf(path: string): readonly Limit[] {
  return topLevelDeclarations(sourceModule(path).program)
    .flatMap(namedNumbers)
    .flatMap(([name, node]) => {
      const value = numberOf(node);
      return value !== undefined && value > 0 && limitName.test(name) ? [{ name, value, path }] : [];
    });
}

function listedLimits(): readonly Limit[] {
  const rows = readText('docs/limits.md').matchAll(/^\| `(\w+)` \| ([\d,.]+)[^|]*\| `([^`]+)` \| \S/gm);
  return [...rows].map(([, name = '', value = '', path = '']) => ({
    name,
    value: Number(value.replaceAll(',', '')),
    path: `src/${path}`,
  }));
}

function describeLimit({ name, value, path }: Limit): string {
  return `${name} = ${value.toLocaleString('en')} (${path})`;
}

describe('docs/limits.md', () => {
  test('lists every bound of the source, with its value and its file, and no other: a limit one cannot look up is a surprise', () => {
    const inSource = typeScriptFiles('src')
      .filter((path) => !path.startsWith('src/protocol/generated/'))
      .flatMap(limitsOf);
    expect(listedLimits().map(describeLimit).sort()).toEqual(inSource.map(describeLimit).sort());
  });
});
