/** What decides which server the model is behind. */
export interface ProviderOptions {
  readonly baseUrl?: string | undefined;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly configOverrides?: readonly string[] | undefined;
}

/** Whether the options leave the choice of the model's provider to the user's configuration file. */
export function leavesProviderOpen({ config = {}, configOverrides = [] }: ProviderOptions): boolean {
  return config.model_provider === undefined && !configOverrides.some((override) => namesProvider(override));
}

/**
 * The base URL of the model's server, as far as the options alone tell; undefined when something else may have the last word.
 *
 * @param options With `baseUrl` and no provider, the built-in `openai` provider is assumed: make sure that it is chosen.
 * @example providerUrl({ baseUrl: 'http://127.0.0.1:8080/v1' }) // 'http://127.0.0.1:8080/v1'
 */
export function providerUrl({
  baseUrl,
  config = {},
  configOverrides = [],
}: ProviderOptions): string | undefined {
  if (configOverrides.some((override) => namesProvider(override))) return undefined;
  const provider = config.model_provider ?? 'openai';
  if (provider === 'openai') return baseUrl ?? textAt(config, 'openai_base_url');
  if (typeof provider !== 'string') return undefined;
  const settings = fieldOf(fieldOf(config, 'model_providers'), provider);
  return textAt(settings, 'base_url') ?? textAt(config, `model_providers.${provider}.base_url`);
}

/** Whether Codex needs no certificates to reach the model: a plain HTTP server, such as a proxy on loopback. */
export function speaksPlainHttp(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'http:';
}

function namesProvider(override: string): boolean {
  return /^\s*(model_provider|openai_base_url)/.test(override);
}

function textAt(record: unknown, key: string): string | undefined {
  const value = fieldOf(record, key);
  return typeof value === 'string' ? value : undefined;
}

function fieldOf(record: unknown, key: string): unknown {
  if (typeof record !== 'object' || record === null) return undefined;
  return Object.entries(record).find(([name]) => name === key)?.[1];
}
