import { parseArgs } from 'node:util';
import {
  approvalPolicies,
  type OptionSpec,
  profiles,
  runOptions,
  sandboxModes,
  transports,
} from './options.ts';

/** Where the prompt comes from: the command line, or standard input for `-`. */
export type PromptSource = { readonly from: 'argument'; readonly text: string } | { readonly from: 'stdin' };

/** What `codex-actors run` was asked to do. Absent fields were not given. */
export interface RunArguments {
  readonly prompt: PromptSource;
  readonly model?: string;
  readonly sandbox?: (typeof sandboxModes)[number];
  readonly workingDirectory?: string;
  readonly approval?: (typeof approvalPolicies)[number];
  readonly resume?: string;
  readonly images: readonly string[];
  readonly outputSchemaFile?: string;
  readonly configOverrides: readonly string[];
  readonly skipGitRepoCheck: boolean;
  readonly transport?: (typeof transports)[number];
  readonly profile?: (typeof profiles)[number];
  readonly codexPath?: string;
  readonly json: boolean;
}

/** What a command line asks for. `wrong` carries one sentence that says what to do instead. */
export type CommandLine =
  | { readonly command: 'help'; readonly topic: 'all' | 'run' }
  | { readonly command: 'version' }
  | { readonly command: 'run'; readonly run: RunArguments }
  | { readonly command: 'validate-tools'; readonly files: readonly string[] }
  | { readonly command: 'wrong'; readonly message: string };

type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/**
 * Reads a command line; never throws. `args` is what follows the program's name: `process.argv.slice(2)`.
 *
 * @example parseCommandLine(['run', '--json', 'Say hello']) // { command: 'run', run: { prompt: …, json: true, … } }
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const [command, ...rest] = args;
  switch (command) {
    case 'run':
      return parseRun(rest);
    case 'tools':
      return parseTools(rest);
    case undefined:
      return wrong('Say what to do: codex-actors run "prompt", or codex-actors --help.');
    case 'help':
    case '-h':
    case '--help':
      return { command: 'help', topic: 'all' };
    case '-V':
    case '--version':
      return { command: 'version' };
    default:
      return wrong(
        `There is no command ${JSON.stringify(command)}. Did you mean: codex-actors run "prompt"?`,
      );
  }
}

function parseTools([verb, ...files]: readonly string[]): CommandLine {
  if (verb === '-h' || verb === '--help') return { command: 'help', topic: 'all' };
  if (verb !== 'validate' || files.length === 0)
    return wrong('Name the files: codex-actors tools validate FILE….');
  const option = files.find((file) => file.startsWith('-'));
  return option === undefined
    ? { command: 'validate-tools', files }
    : wrong(
        `tools validate takes no options, and ${option} looks like one; write ./${option} if it is a file.`,
      );
}

function parseRun(args: readonly string[]): CommandLine {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: parserOptions,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const problem = optionProblem(token);
    if (problem !== undefined) return wrong(problem);
  }
  if (values.help === true) return { command: 'help', topic: 'run' };
  const prompt = promptSource(positionals);
  return typeof prompt === 'string' ? wrong(prompt) : { command: 'run', run: runArguments(prompt, values) };
}

const parserOptions = Object.fromEntries(
  runOptions.map((option) => [
    option.name,
    {
      type: option.value === undefined ? ('boolean' as const) : ('string' as const),
      ...(option.short === undefined ? {} : { short: option.short }),
      ...(option.multiple === undefined ? {} : { multiple: true }),
    },
  ]),
);

interface WrittenOption {
  readonly rawName: string;
  readonly name: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/** What is wrong with one option as it was written, or undefined. */
function optionProblem({ rawName, name, value, inlineValue }: WrittenOption): string | undefined {
  const spec = runOptions.find((option) => option.name === name);
  if (spec === undefined) return `There is no option ${rawName}. See codex-actors run --help.`;
  if (spec.value === undefined) return value === undefined ? undefined : `${rawName} takes no value.`;
  if (value === undefined || value === '') return `${rawName} needs a value: ${rawName} ${spec.value}.`;
  if (inlineValue === false && value.startsWith('-')) {
    return `${rawName} needs a value, and ${value} looks like an option; write ${rawName}=${value} if it is meant.`;
  }
  const wanted = wantedInstead(spec, value);
  return wanted === undefined ? undefined : `${rawName} must be ${wanted}; it is ${JSON.stringify(value)}.`;
}

/** What must stand in the place of a value that is not taken; undefined for one that is. */
function wantedInstead({ accepted, form }: OptionSpec, value: string): string | undefined {
  if (accepted !== undefined && !accepted.includes(value)) return `one of ${accepted.join(', ')}`;
  return form === undefined || form.pattern.test(value) ? undefined : form.words;
}

/** The prompt's source, or a sentence that says what is wrong. */
function promptSource(positionals: readonly string[]): PromptSource | string {
  const [prompt, second] = positionals;
  if (prompt === undefined)
    return 'Give a prompt: codex-actors run "prompt", or - to read it from standard input.';
  if (second !== undefined) return `Quote the prompt: there is a second one, ${JSON.stringify(second)}.`;
  if (prompt.trim() === '') return 'The prompt is empty.';
  return prompt === '-' ? { from: 'stdin' } : { from: 'argument', text: prompt };
}

function runArguments(prompt: PromptSource, values: Values): RunArguments {
  return {
    prompt,
    ...given('model', text(values.model)),
    ...given('sandbox', oneOf(sandboxModes, values.sandbox)),
    ...given('workingDirectory', text(values.cd)),
    ...given('approval', oneOf(approvalPolicies, values.approval)),
    ...given('resume', text(values.resume)),
    images: texts(values.image),
    ...given('outputSchemaFile', text(values['output-schema'])),
    configOverrides: texts(values.config),
    skipGitRepoCheck: values['skip-git-repo-check'] === true,
    ...given('transport', oneOf(transports, values.transport)),
    ...given('profile', oneOf(profiles, values.profile)),
    ...given('codexPath', text(values.codex)),
    json: values.json === true,
  };
}

/** A field for a value that was given, nothing for one that was not. */
function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  const field: { [Key in Name]?: Value } = {};
  if (value !== undefined) field[name] = value;
  return field;
}

function text(value: Values[string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function texts(value: Values[string]): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

function oneOf<const Accepted extends readonly string[]>(
  accepted: Accepted,
  value: Values[string],
): Accepted[number] | undefined {
  return accepted.find((entry) => entry === value);
}

function wrong(message: string): CommandLine {
  return { command: 'wrong', message };
}
