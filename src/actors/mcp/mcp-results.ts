import { arrayOrEmpty, isRecord, stringOr } from '../../protocol/unread.ts';
import type { ToolContent, ToolContentResult } from '../tools/tool.ts';

/** Characters of an error that a server answers with. */
const problemCharsMax = 2_000;

/** What a tool of an MCP server answered: its result, or what it says went wrong. */
export type McpResult =
  | { readonly ok: true; readonly result: ToolContentResult }
  | { readonly ok: false; readonly problem: string };

/**
 * The answer to `tools/call` as the result of a tool: texts, pictures and recordings as such, resources as their text or their address.
 * Structured content stands for itself only where there is nothing else: servers send it as text too.
 */
export function mcpResult(answer: unknown): McpResult {
  if (!isRecord(answer)) return { ok: false, problem: 'its server answered what is no result' };
  const content = arrayOrEmpty(answer.content).map(contentOf);
  if (answer.isError === true) return { ok: false, problem: problemOf(content) };
  const { structuredContent } = answer;
  if (content.length === 0 && structuredContent !== undefined)
    return { ok: true, result: { content: [], structured: structuredContent } };
  return { ok: true, result: { content } };
}

function problemOf(content: readonly ToolContent[]): string {
  const text = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  return text === '' ? 'its server says that it failed' : text.slice(0, problemCharsMax);
}

function contentOf(part: unknown): ToolContent {
  if (!isRecord(part)) return { type: 'text', text: '(a part that is none was left out)' };
  const { type, text, data, mimeType, resource } = part;
  if (type === 'text') return { type: 'text', text: stringOr(text, '') };
  if ((type === 'image' || type === 'audio') && typeof data === 'string')
    return { type, data, mimeType: stringOr(mimeType, '') };
  if (type === 'resource' && isRecord(resource)) return resourceOf(resource);
  if (type === 'resource_link') return { type: 'text', text: linkText(part) };
  return { type: 'text', text: `(a part of type ${String(type).slice(0, 40)} was left out)` };
}

function resourceOf({ uri, text, blob, mimeType }: Readonly<Record<string, unknown>>): ToolContent {
  if (typeof text === 'string') return { type: 'text', text };
  if (typeof blob === 'string' && typeof mimeType === 'string' && mimeType.startsWith('image/'))
    return { type: 'image', data: blob, mimeType };
  return { type: 'text', text: `(the resource ${stringOr(uri, '')} was left out)` };
}

function linkText({ name, uri, description }: Readonly<Record<string, unknown>>): string {
  const about = typeof description === 'string' && description !== '' ? `: ${description}` : '';
  return `${stringOr(name, 'resource')} (${stringOr(uri, '')})${about}`;
}
