import type { JsonValue } from './app-server.ts';
import { InvalidOptionError } from './errors/call-errors.ts';
import { secretsIn } from './errors/redaction.ts';
import { unknownOption } from './option-names.ts';
import { isRecord } from './unread.ts';

/** MCP servers that one `Codex` or one thread may name. */
export const mcpServersMax = 100;
/** Characters of the name of an MCP server. */
export const mcpServerNameCharsMax = 48;
/** The longest time of one step of an MCP server, in milliseconds. */
const mcpTimeoutMsMax = 86_400_000;

/** What the options of every MCP server of Codex may say. */
export interface CodexMcpServerLimits {
  /** Whether Codex starts it at all. Defaults to true. */
  readonly enabled?: boolean;
  /** Whether a thread fails to start without it. Defaults to false: the thread goes on without its tools. */
  readonly required?: boolean;
  /** Milliseconds for its start. Defaults to Codex's own, 30,000. */
  readonly startupTimeoutMs?: number;
  /** Milliseconds for one call of a tool. Defaults to Codex's own. */
  readonly toolTimeoutMs?: number;
  /** Which of its tools the model is offered. Defaults to all. */
  readonly enabledTools?: readonly string[];
  /** Which of its tools the model is not offered. Defaults to none. */
  readonly disabledTools?: readonly string[];
}

/** An MCP server that Codex runs as a program of its own. */
export interface CodexMcpStdioServer extends CodexMcpServerLimits {
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to the few variables that Codex gives to MCP servers. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names of variables that it gets of Codex's own environment. */
  readonly envVars?: readonly string[];
  readonly cwd?: string;
}

/** An MCP server that Codex reaches over HTTP. */
export interface CodexMcpHttpServer extends CodexMcpServerLimits {
  readonly url: string;
  /** Sent with every request. Never logged. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers whose values are in Codex's environment: the variable's name for each header. */
  readonly envHeaders?: Readonly<Record<string, string>>;
  /** The variable of Codex's environment that holds a bearer token. */
  readonly bearerTokenEnvVar?: string;
}

/** An MCP server that Codex runs, in the terms of its configuration; times in milliseconds. */
export type CodexMcpServer = CodexMcpStdioServer | CodexMcpHttpServer;

/** MCP servers by their names. */
export type CodexMcpServers = Readonly<Record<string, CodexMcpServer>>;

/** Each field with its key in `[mcp_servers.<name>]`, and what may stand in it. */
const fields: Readonly<Record<string, readonly [key: string, kind: FieldKind]>> = {
  command: ['command', 'text'],
  args: ['args', 'texts'],
  env: ['env', 'record'],
  envVars: ['env_vars', 'texts'],
  cwd: ['cwd', 'text'],
  url: ['url', 'text'],
  headers: ['http_headers', 'record'],
  envHeaders: ['env_http_headers', 'record'],
  bearerTokenEnvVar: ['bearer_token_env_var', 'text'],
  enabled: ['enabled', 'truth'],
  required: ['required', 'truth'],
  startupTimeoutMs: ['startup_timeout_sec', 'milliseconds'],
  toolTimeoutMs: ['tool_timeout_sec', 'milliseconds'],
  enabledTools: ['enabled_tools', 'texts'],
  disabledTools: ['disabled_tools', 'texts'],
};
type FieldKind = 'text' | 'texts' | 'record' | 'truth' | 'milliseconds';

const stdioOnly = ['args', 'env', 'envVars', 'cwd'];
const httpOnly = ['headers', 'envHeaders', 'bearerTokenEnvVar'];

/**
 * The servers as settings of a thread, which travel over stdin and stand in no argument of a process.
 *
 * @throws InvalidOptionError naming the server, its field and what may stand there.
 * @example mcpServerSettings({ files: { command: 'files-mcp' } }) // { 'mcp_servers.files': { command: 'files-mcp' } }
 */
export function mcpServerSettings(servers: unknown): { [key: string]: JsonValue } {
  if (servers === undefined) return {};
  if (!isRecord(servers) || Object.keys(servers).length > mcpServersMax)
    throw new InvalidOptionError('mcpServers', servers, `an object of at most ${mcpServersMax} servers`);
  return Object.fromEntries(
    Object.entries(servers).map(([name, server]) => {
      checkServerName(`mcpServers.${name}`, name);
      return [`mcp_servers.${name}`, serverSettings(`mcpServers.${name}`, server)];
    }),
  );
}

/** What is secret in the options of servers: the values of headers, and of variables whose names say so. For `redact`. */
export function secretsOfServers(servers: readonly ServerSecrets[]): readonly string[] {
  return servers.flatMap(({ env = {}, headers = {} }) => [
    ...secretsIn(env),
    ...Object.values(headers),
    // A header such as `Bearer …` is shown by others without its first word.
    ...Object.values(headers).flatMap((value) => value.split(/\s+/).slice(1)),
  ]);
}

/** The part of a server's options that may hold secrets. */
export interface ServerSecrets {
  readonly env?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Refuses what cannot name an MCP server.
 *
 * @throws InvalidOptionError
 */
export function checkServerName(field: string, name: unknown): void {
  if (typeof name !== 'string' || name.length > mcpServerNameCharsMax || !/^[a-zA-Z0-9_-]+$/.test(name))
    throw new InvalidOptionError(
      field,
      name,
      `a name of 1 to ${mcpServerNameCharsMax} letters, digits, _ or -`,
    );
}

/**
 * A record of strings as it was given.
 *
 * @throws InvalidOptionError naming the first field that is none; values are not shown.
 */
export function stringRecord(field: string, value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) throw new InvalidOptionError(field, value, 'an object of strings');
  const read: Record<string, string> = {};
  for (const [key, one] of Object.entries(value)) {
    if (typeof one !== 'string' || one.includes('\0'))
      throw new InvalidOptionError(`${field}.${key}`, typeof one, 'a string');
    read[key] = one;
  }
  return read;
}

function serverSettings(at: string, server: unknown): JsonValue {
  if (!isRecord(server)) throw new InvalidOptionError(at, server, 'an object');
  const isStdio = server.command !== undefined;
  if (isStdio === (server.url !== undefined))
    throw new InvalidOptionError(at, server, 'an object with either command or url');
  const misplaced = isStdio ? httpOnly : stdioOnly;
  const settings: { [key: string]: JsonValue } = {};
  for (const [field, value] of Object.entries(server)) {
    if (value === undefined) continue;
    const known = Object.hasOwn(fields, field) && !misplaced.includes(field) ? fields[field] : undefined;
    if (known === undefined)
      throw unknownOption(
        at,
        `${at}.${field}`,
        value,
        Object.keys(fields).filter((one) => !misplaced.includes(one)),
      );
    settings[known[0]] = settingOf(known[1], `${at}.${field}`, value);
  }
  return settings;
}

function settingOf(kind: FieldKind, at: string, value: unknown): JsonValue {
  switch (kind) {
    case 'text':
      if (typeof value !== 'string' || value === '') throw new InvalidOptionError(at, typeof value, 'a text');
      return value;
    case 'texts':
      if (!Array.isArray(value) || !value.every((one) => typeof one === 'string'))
        throw new InvalidOptionError(at, value, 'an array of strings');
      return [...value];
    case 'record':
      return { ...stringRecord(at, value) };
    case 'truth':
      if (typeof value !== 'boolean') throw new InvalidOptionError(at, value, 'true or false');
      return value;
    case 'milliseconds':
      if (!Number.isInteger(value) || Number(value) < 1 || Number(value) > mcpTimeoutMsMax)
        throw new InvalidOptionError(at, value, `a whole number from 1 to ${mcpTimeoutMsMax}`);
      return Number(value) / 1_000;
  }
}
