import { type AcceptedValues, acceptedValues0169 } from './accepted-values.ts';
import { InvalidOptionError, Unshown } from './errors/call-errors.ts';
import type { CodexOptions, ThreadHistoryMode, ThreadOptions, TurnOptions } from './thread-options.ts';
import { configOverrides } from './toml.ts';
import { isRecord } from './unread.ts';

/** Every way in which Codex keeps a thread. */
const historyModes: readonly ThreadHistoryMode[] = ['paginated', 'legacy'];

/** How many `additionalDirectories` and `configOverrides` there may be. */
export const optionListMax = 1_000;

/**
 * Refuses values of client options that cannot be. What their names are is for the call to say.
 *
 * @throws InvalidOptionError naming the field and what may stand there.
 */
export function checkCodexOptions(options: CodexOptions): void {
  plainObject('options', options);
  optional(options, ['codexPathOverride'], text);
  optional(options, ['baseUrl'], httpUrl);
  optional(options, ['apiKey'], secretText);
  optional(options, ['configOverrides'], texts);
  if (options.config !== undefined) configOverrides(options.config);
  if (options.env === undefined) return;
  plainObject('env', options.env);
  // `env: { PROXY: process.env.PROXY }` is common, and a variable that is undefined is not set, as in the official SDK.
  for (const [name, value] of Object.entries<unknown>(options.env))
    if (value !== undefined) secretText(`env.${name}`, value);
}

/**
 * Refuses thread options that the connected Codex would refuse, before anything is sent.
 *
 * @param accepted The words that this binary takes; see `acceptedValuesIn`. Default: those of 0.169.
 * @throws InvalidOptionError naming the field and what may stand there.
 */
export function checkThreadOptions(
  options: ThreadOptions,
  accepted: AcceptedValues = acceptedValues0169,
): void {
  plainObject('options', options);
  optional(options, ['model', 'workingDirectory', 'threadSource'], text);
  optional(options, ['skipGitRepoCheck', 'networkAccessEnabled', 'webSearchEnabled', 'ephemeral'], truth);
  optional(options, ['additionalDirectories'], texts);
  for (const field of ['approvalPolicy', 'sandboxMode', 'modelReasoningEffort', 'webSearchMode'] as const)
    oneOf(field, options[field], accepted[field]);
  oneOf('historyMode', options.historyMode, historyModes);
}

/**
 * Refuses turn options that cannot be.
 *
 * @throws InvalidOptionError naming the field and what may stand there.
 */
export function checkTurnOptions(options: TurnOptions, accepted: AcceptedValues = acceptedValues0169): void {
  plainObject('options', options);
  oneOf('cyberAccessProgram', options.cyberAccessProgram, accepted.cyberAccessProgram);
  outputSchemaOf(options);
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new InvalidOptionError('signal', signal, 'an AbortSignal');
}

/**
 * The output schema of a turn, as the plain object that it must be; undefined when there is none.
 *
 * @throws InvalidOptionError for anything else, and for what JSON cannot carry.
 */
export function outputSchemaOf({ outputSchema }: TurnOptions): Readonly<Record<string, unknown>> | undefined {
  if (outputSchema === undefined) return undefined;
  if (!isRecord(outputSchema) || !isJson(outputSchema))
    throw new InvalidOptionError('outputSchema', outputSchema, 'a plain JSON object');
  return outputSchema;
}

function isJson(value: object): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

type Check = (field: string, value: unknown) => void;

function optional<T>(options: T, fields: readonly (keyof T & string)[], check: Check): void {
  for (const field of fields) if (options[field] !== undefined) check(field, options[field]);
}

/** No argument and no variable of a process can hold NUL. */
function text(field: string, value: unknown): void {
  if (typeof value !== 'string' || value.includes('\0'))
    throw new InvalidOptionError(field, value, 'a string without NUL');
}

function secretText(field: string, value: unknown): void {
  if (typeof value !== 'string' || value.includes('\0'))
    throw new InvalidOptionError(field, new Unshown(value), 'a string without NUL');
}

/** Its value may hold a password. Empty is none, as in the official SDK. */
function httpUrl(field: string, value: unknown): void {
  const isUrl = typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);
  if (value !== '' && !isUrl)
    throw new InvalidOptionError(field, new Unshown(value), 'an http: or https: URL');
}

function truth(field: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new InvalidOptionError(field, value, 'true or false');
}

function texts(field: string, value: unknown): void {
  if (!Array.isArray(value) || value.length > optionListMax)
    throw new InvalidOptionError(field, value, `an array of at most ${optionListMax} strings`);
  value.forEach((one: unknown, index) => {
    text(`${field}[${index}]`, one);
  });
}

function plainObject(field: string, value: unknown): void {
  if (!isRecord(value)) throw new InvalidOptionError(field, value, 'an object');
}

function oneOf(field: string, value: unknown, accepted: readonly string[]): void {
  if (value === undefined) return;
  const isAccepted = typeof value === 'string' && (accepted.length === 0 || accepted.includes(value));
  if (isAccepted) return;
  const words = accepted.map((word) => `'${word}'`).join(', ');
  throw new InvalidOptionError(field, value, words === '' ? 'a string' : `one of ${words}`);
}
