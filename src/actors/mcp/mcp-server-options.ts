import { InvalidOptionError, Unshown } from '../../protocol/errors/call-errors.ts';
import { checkServerName, stringRecord } from '../../protocol/mcp-server-config.ts';
import { checkOptionNames, type OptionNames } from '../../protocol/option-names.ts';
import { isRecord } from '../../protocol/unread.ts';
import { toolConcurrencyMax, toolTimeoutMsDefault, toolTimeoutMsMax } from '../tools/tool.ts';
import type { ToolAudience } from '../tools/tool-table.ts';

/** Calls of one tool of an MCP server at one time, unless its options say otherwise. */
export const mcpConcurrencyDefault = 8;
/** The longest handshake or list of tools, in milliseconds. */
const mcpStepTimeoutMsMax = 600_000;
/** The highest `reconnectsMax`. */
const mcpReconnectsMax = 1_000;
/** Arguments of a server's process. */
const mcpArgumentsMax = 1_000;

/** What the options of every MCP server may say. Each field: its meaning, then its default. */
export interface McpServerLimits {
  /** Milliseconds for one call of a tool, its retries and the wait for the server included. Defaults to 60,000. */
  readonly timeoutMs?: number;
  /** Calls of one tool at one time. Defaults to 8. */
  readonly concurrency?: number;
  /** Milliseconds for the handshake. Defaults to 10,000. */
  readonly handshakeTimeoutMs?: number;
  /** Milliseconds for the list of its tools. Defaults to 10,000. */
  readonly listTimeoutMs?: number;
  /** How often in a row it is connected to anew before it is given up. Defaults to 8. */
  readonly reconnectsMax?: number;
  /** Which of its tools are offered, by the server's own names. Defaults to all. */
  readonly tools?: readonly string[];
  /** Which threads may use them, as in `codex.tools.register`. Defaults to all. */
  readonly enabled?: (audience: ToolAudience) => boolean;
}

/** An MCP server that is a program of its own, spoken to over its stdin and stdout. No shell sees the arguments. */
export interface McpStdioServer extends McpServerLimits {
  /** Absolute path of the program, or a name that is looked up on `PATH`. */
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to `PATH`, `HOME` and what else a program needs to run; nothing more of this process is inherited. Defaults to nothing. */
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory of the program. Defaults to that of this process. */
  readonly cwd?: string;
}

/** An MCP server that is reached over HTTP ("streamable HTTP"). */
export interface McpHttpServer extends McpServerLimits {
  /** Its endpoint, `http:` or `https:`. */
  readonly url: string;
  /** Sent with every request, such as `Authorization`. Never logged. Defaults to none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where an MCP server is, and how it is used. */
export type McpServerOptions = McpStdioServer | McpHttpServer;

const limitNames = {
  timeoutMs: 'own',
  concurrency: 'own',
  handshakeTimeoutMs: 'own',
  listTimeoutMs: 'own',
  reconnectsMax: 'own',
  tools: 'own',
  enabled: 'own',
} as const satisfies OptionNames<McpServerLimits>;
const stdioNames = {
  ...limitNames,
  command: 'own',
  args: 'own',
  env: 'own',
  cwd: 'own',
} as const satisfies OptionNames<McpStdioServer>;
const httpNames = { ...limitNames, url: 'own', headers: 'own' } as const satisfies OptionNames<McpHttpServer>;

/** Whether a server is a program of its own. */
export function isStdio(options: McpServerOptions): options is McpStdioServer {
  return 'command' in options;
}

/**
 * Refuses a server that cannot be. Nothing is started.
 *
 * @throws InvalidOptionError naming the field and what may stand there.
 */
export function checkMcpServer(name: unknown, options: unknown): void {
  checkServerName('name', name);
  if (!isRecord(options)) throw new InvalidOptionError('options', options, 'an object');
  const { command, url } = options;
  if ((command === undefined) === (url === undefined))
    throw new InvalidOptionError('options', options, 'an object with either command or url');
  checkOptionNames('mcp.connect', options, command === undefined ? httpNames : stdioNames);
  if (command === undefined) checkHttp(options);
  else checkStdio(options);
  checkWhole('timeoutMs', options.timeoutMs ?? toolTimeoutMsDefault, 1, toolTimeoutMsMax);
  checkWhole('concurrency', options.concurrency ?? 1, 1, toolConcurrencyMax);
  checkWhole('handshakeTimeoutMs', options.handshakeTimeoutMs ?? 1, 1, mcpStepTimeoutMsMax);
  checkWhole('listTimeoutMs', options.listTimeoutMs ?? 1, 1, mcpStepTimeoutMsMax);
  checkWhole('reconnectsMax', options.reconnectsMax ?? 0, 0, mcpReconnectsMax);
  if (options.tools !== undefined) checkTexts('tools', options.tools);
  if (options.enabled !== undefined && typeof options.enabled !== 'function')
    throw new InvalidOptionError('enabled', options.enabled, 'a function');
}

function checkStdio({ command, args, env, cwd }: Readonly<Record<string, unknown>>): void {
  if (typeof command !== 'string' || command === '' || command.includes('\0'))
    throw new InvalidOptionError('command', command, 'the path or the name of a program');
  if (args !== undefined) checkTexts('args', args);
  if (env !== undefined) stringRecord('env', env);
  if (cwd !== undefined && (typeof cwd !== 'string' || cwd === ''))
    throw new InvalidOptionError('cwd', cwd, 'the path of a folder');
}

function checkHttp({ url, headers }: Readonly<Record<string, unknown>>): void {
  if (typeof url !== 'string' || !/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw new InvalidOptionError('url', new Unshown(url), 'an http: or https: URL');
  if (headers === undefined) return;
  for (const [name, value] of Object.entries(stringRecord('headers', headers))) checkHeader(name, value);
}

function checkHeader(name: string, value: string): void {
  try {
    new Headers({ [name]: value });
  } catch {
    throw new InvalidOptionError(`headers.${name}`, new Unshown(value), 'a header that HTTP can carry');
  }
}

function checkTexts(field: string, value: unknown): void {
  const fits =
    Array.isArray(value) &&
    value.length <= mcpArgumentsMax &&
    value.every((one) => typeof one === 'string' && !one.includes('\0'));
  if (!fits) throw new InvalidOptionError(field, value, `an array of at most ${mcpArgumentsMax} strings`);
}

function checkWhole(field: string, value: unknown, min: number, max: number): void {
  if (!Number.isInteger(value) || Number(value) < min || Number(value) > max)
    throw new InvalidOptionError(field, value, `a whole number from ${min} to ${max}`);
}
