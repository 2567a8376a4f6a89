import type { AnyThreadItem } from '../index.ts';
import { oneLine, type Tone, withoutControls } from './terminal-text.ts';

/** One line of human output and how it is dressed. */
export type Line = readonly [text: string, tone: Tone];

type Item<Type extends string> = Extract<AnyThreadItem, { type: Type }>;

/** Characters of a command, a query or a message that a line shows before it is cut. */
const textLengthMax = 200;

/** `$ npm test  exit 0`. The shell that Codex wraps around a command is left out. */
export function commandLine(item: Item<'command_execution'>): Line {
  const command = oneLine(unwrapped(item.command), textLengthMax);
  if (item.exit_code === undefined || item.exit_code === null) return [`$ ${command}  ${item.status}`, 'bad'];
  return [`$ ${command}  exit ${item.exit_code}`, item.exit_code === 0 ? 'good' : 'bad'];
}

/** The script in `/bin/bash -lc 'script'`, or the command as it is. */
function unwrapped(command: string): string {
  const match = /^(?:\S*\/)?(?:ba|z|da)?sh -l?c (?<script>.+)$/su.exec(command);
  const script = match?.groups?.script;
  if (script === undefined) return command;
  const quoted = /^'(?<inner>[^']*)'$/su.exec(script) ?? /^"(?<inner>[^"\\$`]*)"$/su.exec(script);
  return quoted?.groups?.inner ?? script;
}

const changeVerbs: Readonly<Record<string, string>> = { add: 'added', update: 'changed', delete: 'deleted' };

/** One line for each changed file; one that says so when the patch did not apply. */
export function changeLines(item: Item<'file_change'>): readonly Line[] {
  if (item.status === 'failed') {
    return [
      [`patch failed: ${item.changes.map((change) => withoutControls(change.path)).join(', ')}`, 'bad'],
    ];
  }
  return item.changes.map((change) => [
    `${changeVerbs[change.kind] ?? change.kind} ${oneLine(change.path, textLengthMax)}`,
    'good',
  ]);
}

/** The plan as it stands, one line a step. */
export function todoLines(item: Item<'todo_list'>): readonly Line[] {
  return item.items.map((step) => [
    `[${step.completed ? 'x' : ' '}] ${oneLine(step.text, textLengthMax)}`,
    'dim',
  ]);
}

/** The lines of every other finished item; none for a kind that has nothing to show. */
export function itemLines(item: AnyThreadItem): readonly Line[] {
  switch (item.type) {
    case 'reasoning':
      return [[withoutControls(item.text).trimEnd(), 'dim']];
    case 'mcp_tool_call':
      return [toolLine(item)];
    case 'web_search':
      return [[`searched: ${oneLine(item.query, textLengthMax)}`, 'dim']];
    case 'error':
      return [[withoutControls(item.message), 'warning']];
    default:
      return [];
  }
}

function toolLine(item: Item<'mcp_tool_call'>): Line {
  const name = oneLine(`${item.server}.${item.tool}`, textLengthMax);
  if (item.status !== 'failed') return [`${name}  ${item.status}`, 'good'];
  return [`${name}  failed: ${oneLine(item.error?.message ?? 'no reason given', textLengthMax)}`, 'bad'];
}
