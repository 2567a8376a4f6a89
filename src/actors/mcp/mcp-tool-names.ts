import { createHash } from 'node:crypto';
import { toolNameCharsMax } from '../tools/tool.ts';

/** Characters of the hash that stands for what was cut off a name. */
const hashCharsMax = 8;

/**
 * What the model calls a tool of an MCP server: both names, joined by `__`. Characters that Codex does not take become `_`; a name of
 * more than 64 characters is cut, and ends with a hash of the whole, the same in every process.
 *
 * @example qualifiedToolName('tickets', 'issue.close') // 'tickets__issue_close'
 */
export function qualifiedToolName(server: string, tool: string): string {
  const name = `${server}__${tool.replace(/[^a-zA-Z0-9_-]/g, '_')}`;
  if (name.length <= toolNameCharsMax) return name;
  const hash = createHash('sha256').update(`${server}\0${tool}`).digest('hex').slice(0, hashCharsMax);
  return `${name.slice(0, toolNameCharsMax - hashCharsMax - 1)}_${hash}`;
}
