import { InvalidOptionError, Unshown } from '../errors/call-errors.ts';
import { isRecord } from '../unread.ts';
import type { JsonSchema } from './strict-form.ts';
import { issuesMax } from './value-check.ts';

/** What a Standard Schema says of a value. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One thing that is wrong with a value. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * A schema of any library that follows Standard Schema and Standard JSON Schema, such as zod from 4.2 on.
 * Source: https://standardschema.dev
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** Whether a value is a Standard Schema; some libraries' schemas are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  if (!('~standard' in value)) return false;
  const standard = value['~standard'];
  return isRecord(standard) && typeof standard.validate === 'function';
}

/**
 * The JSON Schema of what a Standard Schema takes.
 *
 * @param field How errors speak of the schema, such as `output`.
 * @throws InvalidOptionError when its library gives none, or cannot say it in JSON Schema, as for a date.
 */
export function jsonSchemaOf(schema: StandardSchema, field: string): JsonSchema {
  const standard: Readonly<Record<string, unknown>> = schema['~standard'];
  const { jsonSchema } = standard;
  if (!isRecord(jsonSchema) || typeof jsonSchema.input !== 'function')
    throw new InvalidOptionError(
      field,
      `a schema of ${schema['~standard'].vendor}`,
      'a Standard Schema that gives JSON Schema, such as one of zod 4.2 or newer, or a plain JSON Schema',
    );
  try {
    const made: unknown = jsonSchema.input({ target: 'draft-2020-12' });
    if (isRecord(made)) return made;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidOptionError(
      field,
      new Unshown(schema),
      `one that JSON Schema can say (${why.slice(0, 200)})`,
    );
  }
  throw new InvalidOptionError(
    field,
    new Unshown(schema),
    'one whose library gives JSON Schema as an object',
  );
}

/** A value as its schema took it, or what is wrong with it. */
export type Reading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly issues: readonly string[] };

/** Lets a Standard Schema check a value. Never rejects: a schema whose own code throws has found an issue. */
export async function standardReading<Output>(
  schema: StandardSchema<Output>,
  value: unknown,
): Promise<Reading<Output>> {
  try {
    const result = await schema['~standard'].validate(value);
    return result.issues === undefined
      ? { ok: true, value: result.value }
      : { ok: false, issues: result.issues.slice(0, issuesMax).map(inWords) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, issues: [`/: the check itself threw: ${why}`] };
  }
}

function inWords({ path = [], message }: StandardIssue): string {
  const steps = path.map((step) => String(typeof step === 'object' ? step.key : step));
  return `/${steps.join('/')}: ${message}`;
}
