import { InvalidOptionError } from '../errors/call-errors.ts';
import { isRecord } from '../unread.ts';
import type { OutputOf, OutputSchema } from './output-format.ts';
import { readSchema } from './read-schema.ts';
import { isStandardSchema, jsonSchemaOf, type Reading, standardReading } from './standard-schema.ts';
import type { JsonSchema } from './strict-form.ts';
import { issuesOf } from './value-check.ts';

/** A schema for values that no model has to keep to strictly, such as the arguments of a tool. */
export interface ValueReader<Value> {
  /** As it was given, or as its library says it. */
  readonly jsonSchema: JsonSchema;
  /** Checks a value; never rejects. */
  read(value: unknown): Promise<Reading<Value>>;
}

/**
 * Makes a schema ready to check objects.
 *
 * @param field How errors speak of it, such as `input`.
 * @throws InvalidOptionError for what is no schema of an object; a plain JSON Schema may only hold what strict mode can say.
 */
export function valueReader<Schema extends OutputSchema>(
  schema: Schema,
  field: string,
): ValueReader<OutputOf<Schema>>;
export function valueReader(schema: OutputSchema, field: string): ValueReader<unknown> {
  if (isStandardSchema(schema)) {
    const jsonSchema = jsonSchemaOf(schema, field);
    if (jsonSchema.type !== 'object')
      throw new InvalidOptionError(field, jsonSchema.type, 'a schema of an object');
    return { jsonSchema, read: (value) => standardReading(schema, value) };
  }
  if (!isRecord(schema))
    throw new InvalidOptionError(field, schema, 'a Standard Schema, or a JSON Schema as a plain object');
  const tree = readSchema(schema, field);
  return {
    jsonSchema: schema,
    read: async (value) => {
      const issues = issuesOf(tree, value, { nullForAbsent: false });
      return issues.length === 0 ? { ok: true, value } : { ok: false, issues };
    },
  };
}
