import { createReadStream } from 'node:fs';
import { defineTool, InvalidOptionError } from '../index.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { CommandOutputs } from './output.ts';
import { oneLine, withoutControls } from './terminal-text.ts';

/** Bytes that one tool manifest may have. */
export const manifestBytesMax = 1_048_576;

/** Characters of one finding. */
export const findingCharsMax = 1_000;

/** One thing that is wrong: the file, the place in it as a JSON pointer, and the reason. */
interface Finding {
  readonly path: string;
  readonly reason: string;
}

/** A tool of a manifest, under the name that all manifests of one check share. */
type SeenNames = Map<string, string>;

/**
 * Checks tool manifests as `defineTool` would, without running anything: each file holds one tool, an array of them, or
 * `{ tools: [...] }`; a tool is `{ name, description, inputSchema, timeoutMs?, concurrency? }`. Names must be unique over all files.
 *
 * Writes a line per file that is right, and a line per finding to standard error. Exits 2 when a file cannot be read, else 1 when
 * one is wrong. Never rejects.
 */
export async function validateTools(
  files: readonly string[],
  { stdout, stderr }: CommandOutputs,
): Promise<ExitCode> {
  const seen: SeenNames = new Map();
  let exitCode: ExitCode = exitCodes.completed;
  for (const file of files) {
    const { tools, findings, unreadable } = await checkFile(file, seen);
    for (const { path, reason } of findings) {
      // What stands in a file must not steer the terminal.
      await stderr.write(`${oneLine(withoutControls(`${file}${path}: ${reason}`), findingCharsMax)}\n`);
    }
    if (unreadable) exitCode = exitCodes.usage;
    else if (findings.length > 0) exitCode = exitCode === exitCodes.usage ? exitCode : exitCodes.failed;
    else await stdout.write(`${file}: ${tools} ${tools === 1 ? 'tool' : 'tools'}\n`);
  }
  return exitCode;
}

async function checkFile(
  file: string,
  seen: SeenNames,
): Promise<{ tools: number; findings: readonly Finding[]; unreadable: boolean }> {
  const manifest = await readManifest(file);
  if (!manifest.ok)
    return { tools: 0, findings: [{ path: '', reason: manifest.reason }], unreadable: manifest.unreadable };
  const tools = toolsIn(manifest.value);
  const findings = tools.flatMap(([path, tool]) => checkTool(file, path, tool, seen));
  return { tools: tools.length, findings, unreadable: false };
}

type Manifest =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string; readonly unreadable: boolean };

async function readManifest(file: string): Promise<Manifest> {
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of createReadStream(file)) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > manifestBytesMax)
        return {
          ok: false,
          reason: `is larger than ${manifestBytesMax} bytes: split it into several files`,
          unreadable: false,
        };
      chunks.push(bytes);
    }
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString('utf8')) };
  } catch (error) {
    const unreadable = !(error instanceof SyntaxError);
    const why = unreadable ? 'cannot be read' : 'is not JSON';
    const reason = `${why} (${error instanceof Error ? error.message : String(error)})`;
    return { ok: false, reason, unreadable };
  }
}

/** The tools of a manifest, each with its place. */
function toolsIn(manifest: unknown): readonly (readonly [path: string, tool: unknown])[] {
  if (Array.isArray(manifest)) return manifest.map((tool: unknown, index) => [`#/${index}`, tool]);
  if (isObject(manifest) && Array.isArray(manifest.tools))
    return manifest.tools.map((tool: unknown, index) => [`#/tools/${index}`, tool]);
  return [['#', manifest]];
}

const fields = ['name', 'description', 'inputSchema', 'timeoutMs', 'concurrency'];

function checkTool(file: string, path: string, tool: unknown, seen: SeenNames): readonly Finding[] {
  if (!isObject(tool)) return [{ path, reason: 'must be a tool: { name, description, inputSchema }' }];
  const findings = Object.keys(tool)
    .filter((key) => !fields.includes(key))
    .map((key) => ({
      path: `${path}/${key}`,
      reason: `is no field of a tool; those are ${fields.join(', ')}`,
    }));
  const problems = definitionProblems(tool);
  if (problems.length > 0)
    return [...findings, ...problems.map((problem) => ({ ...problem, path: `${path}/${problem.path}` }))];
  const name = String(tool.name);
  const first = seen.get(name);
  if (first !== undefined)
    return [...findings, { path: `${path}/name`, reason: `is ${JSON.stringify(name)}, as that of ${first}` }];
  seen.set(name, `${file}${path}`);
  return findings;
}

const soundTool = {
  name: 'sound_tool',
  description: 'A tool.',
  inputSchema: { type: 'object', properties: {}, additionalProperties: false },
};

/** What is wrong with each field by itself, since a definition tells only the first; if nothing is, with all together. */
function definitionProblems(tool: Readonly<Record<string, unknown>>): readonly Finding[] {
  const { name, description, inputSchema, timeoutMs, concurrency } = tool;
  const alone: readonly object[] = [
    { name },
    { description },
    { inputSchema },
    { ...('timeoutMs' in tool ? { timeoutMs } : {}) },
    { ...('concurrency' in tool ? { concurrency } : {}) },
  ];
  const problems = alone.flatMap((field) => definitionProblem({ ...soundTool, ...field }));
  const known = Object.fromEntries(Object.entries(tool).filter(([name]) => fields.includes(name)));
  return problems.length > 0 ? problems : definitionProblem(known);
}

function definitionProblem({ inputSchema, ...tool }: Readonly<Record<string, unknown>>): readonly Finding[] {
  try {
    const definition: object = { ...tool, input: inputSchema, execute: () => undefined };
    defineTool(Object.assign({ name: '', description: '', input: {}, execute: () => undefined }, definition));
    return [];
  } catch (error) {
    if (!InvalidOptionError.isInstance(error)) throw error;
    // A definition calls `input` what a manifest calls `inputSchema`.
    const path = error.field.replace(/^input(#\/|#)?/, (_all, deeper) =>
      deeper === '#/' ? 'inputSchema/' : 'inputSchema',
    );
    return [{ path, reason: error.message.slice(error.field.length + 1) }];
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
