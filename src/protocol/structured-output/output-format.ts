import { InvalidOptionError } from '../errors/call-errors.ts';
import { isRecord } from '../unread.ts';
import { decodeAnswer } from './decode-answer.ts';
import { readSchema } from './read-schema.ts';
import {
  isStandardSchema,
  jsonSchemaOf,
  type Reading,
  type StandardSchema,
  standardReading,
} from './standard-schema.ts';
import { type JsonSchema, strictForm } from './strict-form.ts';
import { issuesOf } from './value-check.ts';

/** What an answer can be asked for in: a Standard Schema that gives JSON Schema, or plain JSON Schema. */
export type OutputSchema = StandardSchema | JsonSchema;

/** The type of an answer: what the schema gives out; unknown for plain JSON Schema. */
export type OutputOf<Schema extends OutputSchema> =
  Schema extends StandardSchema<infer Output> ? Output : unknown;

/** A schema made ready: what is sent, and how the answer is read. */
export interface OutputFormat<Output> {
  /** In strict form, for `outputSchema`. */
  readonly schema: JsonSchema;
  /** Reads a final message: JSON, decoded from strict form, checked by the schema. Never rejects. */
  read(text: string): Promise<Reading<Output>>;
}

/**
 * Makes a schema ready for a turn.
 *
 * @throws InvalidOptionError naming the place in the schema that strict mode cannot say.
 */
export function outputFormat<Schema extends OutputSchema>(schema: Schema): OutputFormat<OutputOf<Schema>>;
export function outputFormat(schema: OutputSchema): OutputFormat<unknown> {
  const standard = isStandardSchema(schema) ? schema : undefined;
  if (standard === undefined && !isRecord(schema))
    throw new InvalidOptionError('output', schema, 'a Standard Schema, or a JSON Schema as a plain object');
  const tree = readSchema(standard === undefined ? schema : jsonSchemaOf(standard, 'output'), 'output');
  return {
    schema: strictForm(tree),
    read: async (text) => {
      const answer = parsed(text);
      if (!answer.ok) return answer;
      const value = decodeAnswer(tree, answer.value);
      if (standard !== undefined) return standardReading(standard, value);
      const issues = issuesOf(tree, answer.value, { nullForAbsent: true });
      return issues.length === 0 ? { ok: true, value } : { ok: false, issues };
    },
  };
}

function parsed(text: string): Reading<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, issues: [text.trim() === '' ? '/: there is no answer' : '/: is not JSON'] };
  }
}
