import { arrayOrEmpty, isRecord } from './unread.ts';

/** The words that a Codex binary takes for the options that are one of several words. An empty list: any word. */
export interface AcceptedValues {
  readonly approvalPolicy: readonly string[];
  readonly sandboxMode: readonly string[];
  readonly modelReasoningEffort: readonly string[];
  readonly webSearchMode: readonly string[];
  readonly cyberAccessProgram: readonly string[];
}

/**
 * What Codex 0.169 takes, in the spellings of the official SDK.
 *
 * `on-failure` is gone from the protocol; Codex itself reads it as `on-request`, and so do we. The efforts are open in the protocol:
 * these are the known ones, and each model takes some of them.
 */
export const acceptedValues0169: AcceptedValues = {
  approvalPolicy: ['never', 'on-request', 'on-failure', 'untrusted'],
  sandboxMode: ['read-only', 'workspace-write', 'danger-full-access'],
  modelReasoningEffort: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'ultra', 'persistent'],
  webSearchMode: ['disabled', 'cached', 'indexed', 'live'],
  cyberAccessProgram: ['standard', 'daybreak_blue', 'daybreak_red'],
};

/** What `codex exec` 0.169 takes: it ends at once with `untrusted`, since nobody is there to be asked. */
export const acceptedByExec0169: AcceptedValues = {
  ...acceptedValues0169,
  approvalPolicy: ['never', 'on-request', 'on-failure'],
};

/** What a Codex takes of which nothing is known. */
export const anyWords: AcceptedValues = {
  approvalPolicy: [],
  sandboxMode: [],
  modelReasoningEffort: [],
  webSearchMode: [],
  cyberAccessProgram: [],
};

/**
 * What the connected binary takes, read from its own JSON schema (`codex app-server generate-json-schema`, the file with all
 * definitions). Where the schema lists no words for an option, those of `fallback` stand.
 */
export function acceptedValuesIn(
  schema: unknown,
  fallback: AcceptedValues = acceptedValues0169,
): AcceptedValues {
  const words = (definition: string, otherwise: readonly string[]) => {
    const found = stringsOf(definitionOf(schema, definition));
    return found.length > 0 ? found : otherwise;
  };
  return {
    ...fallback,
    approvalPolicy: withOnFailure(words('AskForApproval', fallback.approvalPolicy)),
    sandboxMode: words('SandboxMode', fallback.sandboxMode),
    modelReasoningEffort: words('ReasoningEffort', fallback.modelReasoningEffort),
    webSearchMode: words('WebSearchMode', fallback.webSearchMode),
  };
}

function withOnFailure(words: readonly string[]): readonly string[] {
  return words.includes('on-request') && !words.includes('on-failure') ? [...words, 'on-failure'] : words;
}

/** A definition, wherever the file keeps it: at the top or below `v2`. */
function definitionOf(schema: unknown, name: string): unknown {
  if (!isRecord(schema) || !isRecord(schema.definitions)) return undefined;
  const { definitions } = schema;
  return isRecord(definitions.v2) && name in definitions.v2 ? definitions.v2[name] : definitions[name];
}

/** The words that an `enum`, or a union of them, allows. */
function stringsOf(definition: unknown): readonly string[] {
  if (!isRecord(definition)) return [];
  const own = arrayOrEmpty(definition.enum).filter((word) => typeof word === 'string');
  const variants = [...arrayOrEmpty(definition.oneOf), ...arrayOrEmpty(definition.anyOf)];
  return [...own, ...variants.flatMap(stringsOf)];
}
