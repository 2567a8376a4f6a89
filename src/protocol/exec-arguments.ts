import { InvalidOptionError } from './errors/call-errors.ts';
import {
  type CodexOptions,
  type ThreadOptions,
  type TurnOptions,
  webSearchSetting,
} from './thread-options.ts';
import { configOverrides, tomlString } from './toml.ts';

/** What one `codex exec` process is to do. The prompt is not among it: it goes to stdin. */
export interface ExecInvocation {
  readonly client: Pick<CodexOptions, 'config' | 'configOverrides' | 'baseUrl'>;
  readonly thread: ThreadOptions;
  /** The thread to resume; null for a new one. */
  readonly threadId: string | null;
  /** File with the JSON Schema of the answer. */
  readonly outputSchemaFile?: string | undefined;
  readonly cyberAccessProgram?: TurnOptions['cyberAccessProgram'];
  readonly images: readonly string[];
}

/**
 * The arguments of one `codex exec`, in the order of the official SDK: of two settings of the same key the later one wins, so thread
 * options win over `configOverrides`, and these over `config`. Images stand behind `resume`.
 *
 * @throws InvalidOptionError for a `config` that TOML cannot hold, and a thread id that could be read as an option.
 * @example execArguments({ client: {}, thread: { model: 'gpt-5.5' }, threadId: null, images: [] })
 * // ['exec', '--experimental-json', '--model', 'gpt-5.5']
 */
export function execArguments(invocation: ExecInvocation): string[] {
  const { client, thread, threadId, images } = invocation;
  return [
    'exec',
    '--experimental-json',
    ...settings(configOverrides(client.config ?? {})),
    ...settings(client.configOverrides ?? []),
    ...settings(
      client.baseUrl === undefined || client.baseUrl === ''
        ? []
        : [`openai_base_url=${tomlString(client.baseUrl)}`],
    ),
    ...option('--model', thread.model),
    ...(threadId === null ? option('--thread-source', thread.threadSource) : []),
    ...option('--sandbox', thread.sandboxMode),
    ...option('--cd', thread.workingDirectory),
    ...(thread.additionalDirectories ?? []).flatMap((directory) => option('--add-dir', directory)),
    ...(thread.skipGitRepoCheck === true ? ['--skip-git-repo-check'] : []),
    ...option('--output-schema', invocation.outputSchemaFile),
    ...option('--cyber-access-program', invocation.cyberAccessProgram),
    ...settings(threadSettings(thread)),
    ...resume(threadId),
    ...images.flatMap((image) => option('--image', image)),
  ];
}

function threadSettings(thread: ThreadOptions): readonly string[] {
  const { modelReasoningEffort, networkAccessEnabled, approvalPolicy } = thread;
  const webSearch = webSearchSetting(thread);
  return [
    ...(modelReasoningEffort === undefined
      ? []
      : [`model_reasoning_effort=${tomlString(modelReasoningEffort)}`]),
    ...(networkAccessEnabled === undefined
      ? []
      : [`sandbox_workspace_write.network_access=${networkAccessEnabled}`]),
    ...(webSearch === undefined ? [] : [`web_search=${tomlString(webSearch)}`]),
    ...(approvalPolicy === undefined ? [] : [`approval_policy=${tomlString(approvalPolicy)}`]),
  ];
}

/** As in the official SDK, an empty string is the same as none. */
function option(name: string, value: string | undefined): readonly string[] {
  return value === undefined || value === '' ? [] : [name, value];
}

/** An id from outside must not be read as an option, such as one that lifts the sandbox. */
function resume(threadId: string | null): readonly string[] {
  if (threadId === null) return [];
  if (!/^[\w.:][\w.:-]*$/.test(threadId))
    throw new InvalidOptionError('threadId', threadId, 'the id of a thread');
  return ['resume', threadId];
}

function settings(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => ['--config', value]);
}
