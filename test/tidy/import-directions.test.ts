import { describe, expect, test } from 'vitest';
import {
  location,
  type ModuleImport,
  type SourceModule,
  sourceModule,
  typeScriptFiles,
} from './repository.ts';

type Reach = 'all' | 'types';

/** The table of docs/architecture.md: what the files of each layer may import of the others. */
const layers: Readonly<Record<string, Readonly<Record<string, Reach>>>> = {
  protocol: {},
  supervisor: {},
  telemetry: { protocol: 'types', supervisor: 'all' },
  machines: { protocol: 'all', supervisor: 'types' },
  actors: { protocol: 'all', supervisor: 'all', telemetry: 'all', machines: 'all' },
  files: { protocol: 'all', supervisor: 'all', telemetry: 'all', machines: 'all' },
  face: {
    protocol: 'all',
    supervisor: 'all',
    telemetry: 'all',
    machines: 'all',
    actors: 'all',
    files: 'all',
  },
  cli: { face: 'all' },
  testing: { protocol: 'all', supervisor: 'all' },
};

/** Modules of Node and of others that a layer has no business with. */
const foreign: Readonly<Record<string, RegExp>> = {
  // What travels is decided by pure functions, so that it can be tested with nothing but values.
  protocol: /^(node:.*|xstate|@xstate\/.*|tinypool|emittery)$/,
  // A chart that reaches the outside cannot be explored by a model-based test.
  machines: /^(node:.*|tinypool|emittery)$/,
};

const sources = typeScriptFiles('src')
  .filter((path) => !path.startsWith('src/protocol/generated/'))
  .map(sourceModule);

/** The layer of a path: its folder below src, or `face` for the files beside the folders. */
function layerOf(path: string): string {
  const [, folder, rest] = path.split('/');
  return rest === undefined ? 'face' : (folder ?? 'face');
}

function isAllowed(from: string, found: ModuleImport, to: string): boolean {
  if (from === 'cli' && to === 'face') return found.path === 'src/index.ts';
  const reach = layers[from]?.[to];
  return reach === 'all' || (reach === 'types' && found.typesOnly);
}

function wrongDirections(module: SourceModule): readonly string[] {
  const from = layerOf(module.path);
  return module.imports.flatMap((found) => {
    if (found.path === undefined) return [];
    const to = layerOf(found.path);
    if (from === to || isAllowed(from, found, to)) return [];
    return [`${location(module.path, module.text, found.start)} imports ${found.path}`];
  });
}

/** One cycle through `start`, if there is any. */
function cycleThrough(
  start: string,
  edges: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const next of edges.get(at) ?? []) {
      if (next === start) return unwind(start, at, cameFrom);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, at);
      queue.push(next);
    }
  }
  return undefined;
}

function cycles(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return [...edges.keys()].flatMap((path) => cycleThrough(path, edges)?.join(' → ') ?? []);
}

/** Who imports whom, types included: a file that is read needs its types as much as its values. */
const importEdges: ReadonlyMap<string, readonly string[]> = new Map(
  sources.map(({ path, imports }) => [path, imports.flatMap((found) => found.path ?? [])]),
);

function unwind(start: string, last: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const path = [start];
  for (let at: string | undefined = last; at !== undefined && at !== start; at = cameFrom.get(at))
    path.unshift(at);
  return [start, ...path];
}

describe('imports', () => {
  test('every folder of src is a layer of docs/architecture.md', () => {
    const folders = new Set(sources.map((module) => layerOf(module.path)));
    expect([...folders].filter((folder) => layers[folder] === undefined)).toEqual([]);
  });

  test('point one way, so that a layer can be read, tested and replaced without those above it', () => {
    expect(sources.flatMap(wrongDirections)).toEqual([]);
  });

  test('never go round in a circle, not even for a type, so that every file can be read before those that build on it', () => {
    expect(cycles(importEdges)).toEqual([]);
  });

  test('of Node and of other packages stay out of the layers that must be pure', () => {
    const found = sources.flatMap((module) =>
      module.imports
        .filter((one) => !one.typesOnly && foreign[layerOf(module.path)]?.test(one.specifier))
        .filter((one) => !(layerOf(module.path) === 'machines' && one.specifier === 'xstate'))
        .map((one) => `${location(module.path, module.text, one.start)} imports ${one.specifier}`),
    );
    expect(found).toEqual([]);
  });

  test('of XState’s parts stay in its adapter, because its next major version changes them all', () => {
    const found = sources
      .filter(
        (module) => layerOf(module.path) === 'supervisor' && !/\/(xstate|inspect)[^/]*$/.test(module.path),
      )
      .flatMap((module) =>
        module.imports
          .filter((one) => one.specifier === 'xstate' && !one.typesOnly)
          .map((one) => location(module.path, module.text, one.start)),
      );
    expect(found).toEqual([]);
  });

  test('of testing code never reach the runtime', () => {
    const found = sources
      .filter((module) => layerOf(module.path) !== 'testing')
      .flatMap((module) =>
        module.imports
          .filter(
            (one) =>
              one.specifier === 'vitest' ||
              one.specifier === 'fast-check' ||
              one.path?.startsWith('src/testing/'),
          )
          .map((one) => location(module.path, module.text, one.start)),
      );
    expect(found).toEqual([]);
  });
});
