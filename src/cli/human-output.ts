import type { TurnEvent } from '../index.ts';
import { changeLines, commandLine, itemLines, todoLines } from './item-lines.ts';
import { type TerminalStyle, type Tone, toned, withoutControls } from './terminal-text.ts';

/** A piece of output. The answer goes to standard output, all that happens on the way to standard error. */
export interface Piece {
  readonly to: 'stdout' | 'stderr';
  readonly text: string;
}

/** What the rendering of the next event depends on. */
export interface HumanOutputState {
  /** Whether the last piece of the answer left its line open. */
  readonly midLine: boolean;
  /** The message whose deltas are being printed, and how many characters of it were. */
  readonly message: { readonly id: string; readonly printed: number } | undefined;
}

export const initialHumanOutput: HumanOutputState = { midLine: false, message: undefined };

/** What one event adds to the output, and the state for the next one. */
export interface Rendered {
  readonly state: HumanOutputState;
  readonly pieces: readonly Piece[];
}

/**
 * Turns the events of a turn into text for people; pure.
 *
 * The agent's messages appear as their deltas come, or whole where the transport has no deltas. Every finished command,
 * file change, tool call and search gets a line of its own, the end of the turn one with its usage.
 */
export function renderHuman(state: HumanOutputState, event: TurnEvent, style: TerminalStyle): Rendered {
  switch (event.type) {
    case 'thread.started':
      return note(state, [[`thread ${event.thread_id}`, 'dim']], style);
    case 'item.delta':
      return event.kind === 'text' ? messageDelta(state, event.item_id, event.delta) : unchanged(state);
    case 'item.updated':
      return event.item.type === 'todo_list' ? note(state, todoLines(event.item), style) : unchanged(state);
    case 'item.started':
      return event.item.type === 'todo_list' ? note(state, todoLines(event.item), style) : unchanged(state);
    case 'item.completed':
      return completedItem(state, event.item, style);
    case 'turn.completed':
      return note(state, [[usageLine(event.usage), 'dim']], style);
    case 'turn.failed':
      return note(state, [[`turn failed: ${withoutControls(event.error.message)}`, 'bad']], style);
    case 'error':
      return note(state, [[withoutControls(event.message), 'warning']], style);
    default:
      return unchanged(state);
  }
}

type CompletedItem = Extract<TurnEvent, { type: 'item.completed' }>['item'];

function completedItem(state: HumanOutputState, item: CompletedItem, style: TerminalStyle): Rendered {
  switch (item.type) {
    case 'agent_message':
      return completedMessage(state, item.id, item.text);
    case 'command_execution':
      return note(state, [commandLine(item)], style);
    case 'file_change':
      return note(state, changeLines(item), style);
    case 'todo_list':
      return unchanged(state);
    default:
      return note(state, itemLines(item), style);
  }
}

function messageDelta(state: HumanOutputState, id: string, delta: string): Rendered {
  const begun = state.message?.id === id;
  // A second message while one is open begins on a line of its own.
  const text = `${!begun && state.midLine ? '\n' : ''}${withoutControls(delta)}`;
  const printed = (begun ? (state.message?.printed ?? 0) : 0) + delta.length;
  return {
    state: { midLine: text === '' ? state.midLine : !text.endsWith('\n'), message: { id, printed } },
    pieces: text === '' ? [] : [{ to: 'stdout', text }],
  };
}

/** Prints what of the message its deltas have not shown, and closes its line. */
function completedMessage(state: HumanOutputState, id: string, full: string): Rendered {
  const begun = state.message?.id === id;
  const before = !begun && state.midLine ? '\n' : '';
  const rest = withoutControls(full.slice(begun ? (state.message?.printed ?? 0) : 0));
  const lineOpen = rest === '' ? begun && state.midLine : !rest.endsWith('\n');
  const text = `${before}${rest}${lineOpen ? '\n' : ''}`;
  return {
    state: { midLine: false, message: undefined },
    pieces: text === '' ? [] : [{ to: 'stdout', text }],
  };
}

/** Lines of their own on standard error. An open line of the answer is left open there, and only stepped out of here. */
function note(
  state: HumanOutputState,
  lines: readonly (readonly [string, Tone])[],
  style: TerminalStyle,
): Rendered {
  if (lines.length === 0) return unchanged(state);
  const text = lines.map(([line, tone]) => `${toned(line, tone, style)}\n`).join('');
  return {
    state: { ...state, midLine: false },
    pieces: [{ to: 'stderr', text: `${state.midLine ? '\n' : ''}${text}` }],
  };
}

function unchanged(state: HumanOutputState): Rendered {
  return { state, pieces: [] };
}

type Usage = Extract<TurnEvent, { type: 'turn.completed' }>['usage'];

function usageLine(usage: Usage | null): string {
  if (usage === null) return 'done; Codex reported no usage';
  const count = (tokens: number): string => tokens.toLocaleString('en-US');
  const cached = usage.cached_input_tokens > 0 ? ` (${count(usage.cached_input_tokens)} cached)` : '';
  const reasoning =
    usage.reasoning_output_tokens > 0 ? ` (${count(usage.reasoning_output_tokens)} reasoning)` : '';
  return `tokens: ${count(usage.input_tokens)} in${cached}, ${count(usage.output_tokens)} out${reasoning}`;
}
