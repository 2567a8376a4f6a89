import { describe, expect, test } from 'vitest';
import {
  isSyntaxNode,
  location,
  parseModule,
  type SourceModule,
  type SyntaxNode,
  sourceModule,
  typeScriptFiles,
  walk,
} from './repository.ts';

interface Rule {
  readonly why: string;
  readonly folders: readonly string[];
  /** Files where the thing is at home. */
  readonly except?: readonly string[];
  /** Whether a syntax node breaks the rule. */
  readonly node?: (node: SyntaxNode) => boolean;
  /** What a comment must not say. */
  readonly comment?: RegExp;
  /** A snippet that breaks the rule, to prove that it is seen. */
  readonly example: string;
}

const everywhere = ['src', 'test', 'scripts', 'bench', 'examples'];

const rules: Readonly<Record<string, Rule>> = {
  any: {
    why: 'It switches the compiler off for all that touches the value.',
    folders: everywhere,
    node: (node) => node.type === 'TSAnyKeyword',
    example: 'const x: any = 1;',
  },
  'a cast of a cast': {
    why: 'It tells the compiler a thing that it can see is not so.',
    folders: everywhere,
    node: (node) => node.type === 'TSAsExpression' && hasType(node.expression, 'TSAsExpression'),
    example: 'const x = 1 as unknown as string;',
  },
  'a non-null assertion': {
    why: 'It turns a case that was forgotten into a crash far from here.',
    folders: everywhere,
    node: (node) => node.type === 'TSNonNullExpression',
    example: 'const x = list[0]!;',
  },
  'a switched-off check': {
    why: 'What the compiler or the linter objects to is mended, not hidden.',
    folders: everywhere,
    comment: /@ts-(ignore|expect-error|nocheck)|biome-ignore|eslint-disable/,
    example: '// @ts-ignore\nconst x = 1;',
  },
  'a note to do it later': {
    why: 'It is done now, or written down where work is planned.',
    folders: everywhere,
    comment: /\b(TODO|FIXME|XXX|HACK)\b/,
    example: '/* FIXME */',
  },
  'export *': {
    why: 'The public surface is what somebody decided, name by name.',
    folders: everywhere,
    node: (node) => node.type === 'ExportAllDeclaration',
    example: "export * from './a.ts';",
  },
  'a default export': {
    why: 'A thing has one name wherever it is used.',
    folders: ['src', 'test', 'scripts', 'bench'],
    node: (node) => node.type === 'ExportDefaultDeclaration',
    example: 'export default 1;',
  },
  'an enum or a namespace': {
    why: 'Unions of strings do the same, are readable in logs, and vanish when types are stripped.',
    folders: everywhere,
    node: (node) => node.type === 'TSEnumDeclaration' || node.type === 'TSModuleDeclaration',
    example: 'enum X { A }',
  },
  'a wall clock': {
    why: 'Time is injected, so that tests own it and a changed system clock changes no duration.',
    folders: ['src'],
    except: [
      'src/supervisor/system-clock.ts',
      'src/telemetry/telemetry-bus.ts',
      // An audit says when something was decided.
      'src/actors/approvals/approval-journal.ts',
      // The age of a file is told by the wall clock.
      'src/actors/exec-transport/exec-transport.ts',
      'src/files/file-store-options.ts',
      'src/testing/',
    ],
    node: (node) => isMember(node, 'Date', 'now') || isMember(node, 'performance', 'now') || isNewDate(node),
    example: 'const x = Date.now();',
  },
  'a timer of its own': {
    why: 'Timers live in the clock, where virtual time and the owner’s end reach them.',
    folders: ['src'],
    except: ['src/supervisor/system-clock.ts', 'src/testing/'],
    node: (node) => isCallOf(node, ['setTimeout', 'setInterval']) || isTimerImport(node),
    example: 'setTimeout(() => undefined, 5);',
  },
  'a random number': {
    why: 'Randomness is injected, so that a failure can be repeated.',
    folders: ['src'],
    node: (node) => isMember(node, 'Math', 'random'),
    example: 'const x = Math.random();',
  },
  'a console': {
    why: 'A library writes to nobody’s terminal; the command line writes through its own output.',
    folders: ['src'],
    node: (node) => node.type === 'MemberExpression' && isIdentifier(node.object, ['console']),
    example: 'console.log(1);',
  },
  'a sleep in a test': {
    why: 'A test waits for what happens, not for time to pass: a slow machine must not fail it.',
    folders: ['test'],
    node: (node) =>
      (isCallOf(node, ['setTimeout', 'setInterval']) && !isZeroDelay(node)) || isTimerImport(node),
    example: "import { setTimeout } from 'node:timers/promises';",
  },
  'a test that is left out': {
    why: 'A test that does not run proves nothing, and one that runs alone hides the others.',
    folders: ['test'],
    node: (node) => isTestModifier(node),
    example: "test.skip('x', () => undefined);",
  },
  'a mock of our own': {
    why: 'A mocked module proves that the mock works.',
    folders: ['test'],
    node: (node) => isMember(node, 'vi', 'mock') || isMember(node, 'vi', 'doMock'),
    example: "vi.mock('../src/a.ts');",
  },
  'a snapshot of prose': {
    why: 'It is accepted anew whenever it fails; an expectation says what must hold.',
    folders: ['test'],
    node: (node) =>
      node.type === 'MemberExpression' &&
      isIdentifier(node.property, ['toMatchSnapshot', 'toMatchInlineSnapshot']),
    example: 'expect(1).toMatchSnapshot();',
  },
};

function hasType(value: unknown, type: string): boolean {
  return isSyntaxNode(value) && value.type === type;
}

function isIdentifier(value: unknown, names: readonly string[]): boolean {
  return isSyntaxNode(value) && value.type === 'Identifier' && names.some((name) => name === value.name);
}

function isMember(node: SyntaxNode, object: string, property: string): boolean {
  return (
    node.type === 'MemberExpression' &&
    isIdentifier(node.object, [object]) &&
    isIdentifier(node.property, [property])
  );
}

function isCallOf(node: SyntaxNode, names: readonly string[]): boolean {
  return node.type === 'CallExpression' && isIdentifier(node.callee, names);
}

/** `setTimeout(…, 0)` comes after the timers of 0 ms that others have set, and waits for nothing else. */
function isZeroDelay({ arguments: given }: SyntaxNode): boolean {
  const delay: unknown = Array.isArray(given) ? given[1] : undefined;
  return isSyntaxNode(delay) && delay.type === 'Literal' && delay.value === 0;
}

function isNewDate(node: SyntaxNode): boolean {
  const { arguments: given } = node;
  return (
    node.type === 'NewExpression' &&
    isIdentifier(node.callee, ['Date']) &&
    Array.isArray(given) &&
    given.length === 0
  );
}

/** `import { setTimeout } from 'node:timers/promises'`; `setImmediate`, which waits for nothing but a turn of the loop, is fine. */
function isTimerImport(node: SyntaxNode): boolean {
  const { source } = node;
  if (node.type !== 'ImportDeclaration' || !isSyntaxNode(source)) return false;
  if (!/^(node:)?timers(\/promises)?$/.test(String(source.value))) return false;
  return [...walk(node)].some(
    (part) =>
      part.type === 'ImportSpecifier' &&
      isIdentifier(part.imported, ['setTimeout', 'setInterval', 'scheduler']),
  );
}

const modifiers = ['only', 'skip', 'todo', 'fails', 'skipIf', 'runIf'];

function isTestModifier(node: SyntaxNode): boolean {
  if (node.type !== 'MemberExpression' || !isIdentifier(node.property, modifiers)) return false;
  return [...walk(node)].some((part) => isIdentifier(part, ['test', 'it', 'describe', 'suite']));
}

function breaches(rule: Rule, module: SourceModule): readonly string[] {
  const offsets: number[] = [];
  const { node, comment } = rule;
  if (node !== undefined) {
    for (const one of walk(module.program)) if (node(one)) offsets.push(one.start);
  }
  if (comment !== undefined) {
    for (const one of module.comments) if (comment.test(one.value)) offsets.push(one.start);
  }
  return offsets.map((offset) => location(module.path, module.text, offset));
}

function modulesOf(rule: Rule): readonly SourceModule[] {
  return typeScriptFiles(...rule.folders)
    .filter((path) => !path.startsWith('src/protocol/generated/'))
    .filter((path) => !(rule.except ?? []).some((exception) => path.startsWith(exception)))
    .map(sourceModule);
}

describe.each(Object.entries(rules))('%s', (_name, rule) => {
  test(`is not in the code. ${rule.why}`, () => {
    expect(modulesOf(rule).flatMap((module) => breaches(rule, module))).toEqual([]);
  });

  test('is seen where it is', () => {
    expect(breaches(rule, parseModule('example.ts', rule.example))).toEqual(['example.ts:1']);
  });
});
