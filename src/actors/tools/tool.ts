import type { DynamicToolSpec } from '../../protocol/app-server.ts';
import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { checkOptionNames, type OptionNames } from '../../protocol/option-names.ts';
import type { OutputOf, OutputSchema } from '../../protocol/structured-output/output-format.ts';
import {
  isStandardSchema,
  type Reading,
  type StandardSchema,
} from '../../protocol/structured-output/standard-schema.ts';
import { valueReader } from '../../protocol/structured-output/value-reader.ts';
import { isRecord } from '../../protocol/unread.ts';
import type { AskUser } from './ask-user.ts';
import { builtInTools } from './built-in-tools.ts';

/** Milliseconds a call of a tool may take, unless the tool says otherwise. */
export const toolTimeoutMsDefault = 60_000;
/** The longest `timeoutMs` of a tool, a day: Codex itself would wait for ever. */
export const toolTimeoutMsMax = 86_400_000;
/** Calls of one tool at a time, unless the tool says otherwise. */
export const toolConcurrencyDefault = 8;
/** The highest `concurrency` of a tool. */
export const toolConcurrencyMax = 1_000;
/** Characters of a tool's name: what Codex and the models behind it take. */
export const toolNameCharsMax = 64;
/** Characters of a tool's description. */
export const toolDescriptionCharsMax = 10_000;

/** What one call of a tool is given besides its arguments. */
export interface ToolCallContext {
  readonly threadId: string;
  readonly turnId: string;
  /** Codex's id of the call. */
  readonly callId: string;
  /** Aborted when the call's deadline has passed, its turn has ended, or its process is gone: nobody waits for the result any more. */
  readonly signal: AbortSignal;
  /** Tells telemetry how far the call has come. */
  progress(message: string): void;
}

/** A part of a tool's result. */
export type ToolContent =
  | { readonly type: 'text'; readonly text: string }
  /** A picture: its bytes, or the same in base64. */
  | { readonly type: 'image'; readonly data: Uint8Array | string; readonly mimeType: string }
  /** A recording, likewise. */
  | { readonly type: 'audio'; readonly data: Uint8Array | string; readonly mimeType: string }
  /** A staged file: a picture or a recording as such, a short text as its text, anything else as the path to read it at. */
  | { readonly type: 'attachment'; readonly attachment: StagedFile };

/** The part of a staged `Attachment` that a tool's result needs. */
export interface StagedFile {
  readonly id: string;
  readonly name: string;
  /** Absolute path of the copy. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
}

/** What a tool is given that this package makes itself. */
export interface ToolCallRun extends ToolCallContext {
  /** Asks in the name of the call's thread. */
  readonly ask: AskUser;
}

/** A result of several parts. `structured` reaches the model as JSON, after the parts. */
export interface ToolContentResult {
  readonly content: readonly ToolContent[];
  readonly structured?: unknown;
}

/** What the application says of a tool. */
export interface ToolDefinition<Input extends OutputSchema> {
  /** What the model calls it: letters, digits, `_` and `-`, at most 64; no built-in tool's name, and not `mcp__…`. */
  readonly name: string;
  /** What it does and when to use it, for the model. */
  readonly description: string;
  /** The arguments, an object: a Standard Schema that gives JSON Schema (zod 4), or a plain JSON Schema. Checked before each call. */
  readonly input: Input;
  /** What `execute` must return; checked after each call. Defaults to anything. */
  readonly output?: StandardSchema;
  /**
   * Does the work. A string is a text for the model, `{ content }` texts and pictures, anything else goes to it as JSON. A throw is told
   * to the model by its message. It should end when `signal` is aborted: JavaScript cannot be stopped from outside.
   */
  readonly execute: (args: OutputOf<Input>, context: ToolCallContext) => unknown;
  /** Milliseconds for one call, from when it begins. Defaults to 60,000; at most a day. */
  readonly timeoutMs?: number;
  /** Calls at one time, over all threads; more wait in order. Defaults to 8. */
  readonly concurrency?: number;
}

const definitionNames = {
  name: 'own',
  description: 'own',
  input: 'own',
  output: 'own',
  execute: 'own',
  timeoutMs: 'own',
  concurrency: 'own',
} as const satisfies OptionNames<ToolDefinition<OutputSchema>>;

/** A checked tool, to be registered on `codex.tools` or given to a thread. Made by `defineTool`. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly timeoutMs: number;
  readonly concurrency: number;
  /** Its form in `thread/start`. */
  readonly spec: DynamicToolSpec;
  /** Checks arguments as Codex sent them, and gives what runs the tool with them. Never rejects. */
  readonly prepare: (args: unknown) => Promise<Reading<(context: ToolCallRun) => unknown>>;
  /** The schema of its result; undefined when any will do. */
  readonly output: StandardSchema | undefined;
}

/**
 * Defines a function of the application that the model may call. The definition is checked here; nothing is sent.
 *
 * @throws InvalidOptionError naming the field and what may stand there.
 *
 * @example
 * const lookup = defineTool({
 *   name: 'lookup_order',
 *   description: 'Finds an order by its number.',
 *   input: z.object({ number: z.string() }),
 *   execute: ({ number }, { signal }) => orders.find(number, { signal }),
 * });
 */
export function defineTool<Input extends OutputSchema>(definition: ToolDefinition<Input>): Tool {
  if (!isRecord(definition)) throw new InvalidOptionError('tool', definition, 'an object');
  checkOptionNames('defineTool', definition, definitionNames);
  const { name, description, input, output, execute } = definition;
  const { timeoutMs = toolTimeoutMsDefault, concurrency = toolConcurrencyDefault } = definition;
  checkToolName(name);
  if (typeof description !== 'string' || description === '' || description.length > toolDescriptionCharsMax)
    throw new InvalidOptionError('description', description, `1 to ${toolDescriptionCharsMax} characters`);
  if (typeof execute !== 'function') throw new InvalidOptionError('execute', execute, 'a function');
  checkWhole('timeoutMs', timeoutMs, toolTimeoutMsMax);
  checkWhole('concurrency', concurrency, toolConcurrencyMax);
  if (output !== undefined && !isStandardSchema(output))
    throw new InvalidOptionError('output', output, 'a Standard Schema, or left out');
  const reader = valueReader(input, 'input');
  return {
    name,
    description,
    timeoutMs,
    concurrency,
    spec: { type: 'function', name, description, inputSchema: JSON.parse(JSON.stringify(reader.jsonSchema)) },
    prepare: async (args) => {
      const reading = await reader.read(args);
      return reading.ok ? { ok: true, value: (context) => execute(reading.value, context) } : reading;
    },
    output,
  };
}

/**
 * Refuses a name that Codex would refuse, or would never call.
 *
 * @throws InvalidOptionError
 */
export function checkToolName(name: unknown): void {
  if (typeof name !== 'string' || name.length > toolNameCharsMax || !/^[a-zA-Z0-9_-]+$/.test(name))
    throw new InvalidOptionError('name', name, `1 to ${toolNameCharsMax} letters, digits, _ or -`);
  if (name.startsWith('mcp__'))
    throw new InvalidOptionError(
      'name',
      name,
      'a name that does not begin with mcp__: those belong to MCP servers',
    );
  if (builtInTools.has(name))
    throw new InvalidOptionError(
      'name',
      name,
      'a name that no tool of Codex has: the built-in one would be called instead',
    );
}

function checkWhole(field: string, value: unknown, max: number): void {
  if (!Number.isInteger(value) || Number(value) < 1 || Number(value) > max)
    throw new InvalidOptionError(field, value, `a whole number from 1 to ${max}`);
}
