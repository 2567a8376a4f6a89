import { InvalidOptionError } from './errors/call-errors.ts';
import { isRecord } from './unread.ts';

/** A value of Codex's configuration; written as TOML. */
export type CodexConfigValue = string | number | boolean | CodexConfigValue[] | CodexConfigObject;

/** Codex's configuration as an object: nested keys become dotted paths. */
export type CodexConfigObject = { [key: string]: CodexConfigValue };

/** One setting: a dotted path and its value. */
export interface ConfigSetting {
  readonly path: string;
  readonly value: CodexConfigValue;
}

const nestingMax = 64;
const bareKey = /^[A-Za-z0-9_-]+$/;

/**
 * The settings of a configuration object, in its order: nested objects are flattened into dotted paths, empty ones kept, `undefined`
 * skipped. The rules of the official SDK.
 *
 * @throws InvalidOptionError naming the path, for null, non-finite numbers, empty keys and values of other types.
 * @example flattenConfig({ tools: { web_search: true } }) // [{ path: 'tools.web_search', value: true }]
 */
export function flattenConfig(config: unknown): readonly ConfigSetting[] {
  if (!isRecord(config)) throw new InvalidOptionError('config', config, 'a plain object');
  return settingsBelow(config, '', 0);
}

function settingsBelow(
  object: Readonly<Record<string, unknown>>,
  prefix: string,
  depth: number,
): ConfigSetting[] {
  return Object.entries(object).flatMap(([key, value]) => {
    const path = pathOf(prefix, key, prefix === '' ? key : `${prefix}.${key}`, depth);
    if (value === undefined) return [];
    if (isRecord(value) && Object.keys(value).length > 0) return settingsBelow(value, path, depth + 1);
    return isConfigValue(value, path, depth) ? [{ path, value }] : [];
  });
}

function pathOf(parent: string, key: string, path: string, depth: number): string {
  const at = parent === '' ? 'config' : `config.${parent}`;
  if (key === '') throw new InvalidOptionError(at, key, 'an object without empty keys');
  if (depth > nestingMax) throw new InvalidOptionError(at, undefined, `nested at most ${nestingMax} deep`);
  return path;
}

/** True, or throws: so that the compiler knows what the check has shown. */
function isConfigValue(value: unknown, path: string, depth: number): value is CodexConfigValue {
  if (typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number' && Number.isFinite(value)) return true;
  if (depth > nestingMax)
    throw new InvalidOptionError(`config.${path}`, value, `nested at most ${nestingMax} deep`);
  if (Array.isArray(value))
    return value.every((one, index) => isConfigValue(one, `${path}[${index}]`, depth + 1));
  if (isRecord(value))
    return Object.entries(value).every(
      ([key, member]) =>
        member === undefined || isConfigValue(member, pathOf(path, key, `${path}.${key}`, depth), depth + 1),
    );
  throw new InvalidOptionError(
    `config.${path}`,
    value,
    'a string, a finite number, a boolean, an array, or an object',
  );
}

/**
 * Writes a value as TOML, on one line: strings as in JSON, objects as inline tables.
 *
 * @example tomlValue(['a', { b: 1 }]) // '["a", {b = 1}]'
 */
export function tomlValue(value: CodexConfigValue): string {
  if (typeof value === 'string') return tomlString(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(', ')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${bareKey.test(key) ? key : tomlString(key)} = ${tomlValue(member)}`);
  return `{${members.join(', ')}}`;
}

/**
 * Writes a text as a TOML basic string: quoted as in JSON, which escapes all that TOML wants escaped but one character. Half surrogate
 * pairs, which TOML cannot hold, become U+FFFD.
 */
export function tomlString(text: string): string {
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, '\uFFFD')).replaceAll('\u007f', '\\u007f');
}

/** The arguments of `--config` for a configuration object. See `flattenConfig`. */
export function configOverrides(config: unknown): readonly string[] {
  return flattenConfig(config).map(({ path, value }) => `${path}=${tomlValue(value)}`);
}
