import type { TurnResult } from './actors/turn-collector.ts';
import type { WithAttachments } from './files/attachments/turn-attachments.ts';
import { InvalidOptionError } from './protocol/errors/call-errors.ts';
import { SchemaMismatchError } from './protocol/errors/turn-errors.ts';
import type { Usage } from './protocol/exec-events.ts';
import {
  type OutputFormat,
  type OutputOf,
  type OutputSchema,
  outputFormat,
} from './protocol/structured-output/output-format.ts';
import type { TurnOptions } from './protocol/thread-options.ts';
import { usageSum } from './protocol/turn-usage.ts';
import { isRecord } from './protocol/unread.ts';
import type { Input } from './protocol/user-input.ts';

/** Options of a turn that answers in a type. */
export interface StructuredTurnOptions<Schema extends OutputSchema>
  extends Omit<TurnOptions, 'outputSchema'>,
    WithAttachments {
  /** What the final message must be: a Standard Schema that gives JSON Schema (zod 4), or a plain JSON Schema, whose root is an object. */
  readonly output: Schema;
  /** How many further turns may be spent on an answer that does not match, each with the list of what is wrong. Defaults to 1; at most 10. */
  readonly reasksMax?: number;
}

/** What a turn with `output` resolves to. `items` and `usage` are those of all its turns; `finalResponse` is the text of the answer. */
export interface StructuredTurnResult<Output> extends TurnResult {
  /** The answer, as the schema gives it out. */
  readonly output: Output;
}

/** Further turns for an answer that does not match, unless `reasksMax` says otherwise. */
export const reasksDefault = 1;
/** The highest `reasksMax`. */
export const reasksMax = 10;

/** Whether a turn is asked to answer in a type. */
export function isStructured(
  options: TurnOptions | StructuredTurnOptions<OutputSchema>,
): options is StructuredTurnOptions<OutputSchema> {
  return isRecord(options) && 'output' in options && options.output !== undefined;
}

/**
 * Runs a turn, reads its answer, and asks again where it does not match.
 *
 * @param run Runs one turn; its options are those of a plain turn.
 * @throws InvalidOptionError for a schema that strict mode cannot say, before anything is sent; `SchemaMismatchError` when the last
 * answer allowed does not match either; and what `run` rejects with.
 */
export async function runStructured<Schema extends OutputSchema>(
  run: (input: Input, options: TurnOptions & WithAttachments) => Promise<TurnResult>,
  input: Input,
  options: StructuredTurnOptions<Schema>,
): Promise<StructuredTurnResult<OutputOf<Schema>>> {
  const { output, reasksMax: reasksLeft = reasksDefault, attachments, ...turnOptions } = checked(options);
  const format: OutputFormat<OutputOf<Schema>> = outputFormat(output);
  const turns: TurnResult[] = [];
  let nextInput = input;
  for (let reasks = 0; ; reasks += 1) {
    // The thread has seen the attachments when it is asked again.
    const given = reasks > 0 || attachments === undefined ? {} : { attachments };
    const turn = await run(nextInput, { ...turnOptions, ...given, outputSchema: format.schema });
    turns.push(turn);
    const reading = await format.read(turn.finalResponse);
    if (reading.ok) return { ...together(turns), output: reading.value };
    if (reasks >= reasksLeft) throw new SchemaMismatchError(reading.issues, turn.finalResponse);
    nextInput = askAgain(reading.issues);
  }
}

function checked<Schema extends OutputSchema>(options: StructuredTurnOptions<Schema>) {
  if ('outputSchema' in options && options.outputSchema !== undefined)
    throw new InvalidOptionError('outputSchema', options.outputSchema, 'left out beside output');
  const { reasksMax: reasks = reasksDefault } = options;
  if (!Number.isInteger(reasks) || reasks < 0 || reasks > reasksMax)
    throw new InvalidOptionError('reasksMax', reasks, `a whole number from 0 to ${reasksMax}`);
  return options;
}

function askAgain(issues: readonly string[]): string {
  const list = issues.map((issue) => `- ${issue.slice(0, 300)}`).join('\n');
  return `Your answer does not match the JSON schema that was asked for:\n${list}\nAnswer again, with nothing but JSON that matches it.`;
}

function together(turns: readonly TurnResult[]): TurnResult {
  const last = turns.at(-1);
  return {
    items: turns.flatMap(({ items }) => items),
    finalResponse: last?.finalResponse ?? '',
    usage: turns.map(({ usage }) => usage).reduce(sum),
  };
}

function sum(one: Usage | null, other: Usage | null): Usage | null {
  return one === null || other === null ? (one ?? other) : usageSum(one, other);
}
