import type { DynamicToolSpec } from '../../protocol/app-server.ts';
import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { isRecord } from '../../protocol/unread.ts';
import type { Tool } from './tool.ts';
import { type ToolTable, toolsMax } from './tool-table.ts';

/** The tools of one thread: its own, and those of its `Codex`. */
export class ThreadTools {
  readonly #table: ToolTable;
  readonly #own: ReadonlyMap<string, Tool>;

  /**
   * @param own The thread's own tools, by which those of the table are hidden.
   * @throws InvalidOptionError for what is no tool, two tools of one name, or too many.
   */
  constructor(table: ToolTable, own: readonly Tool[] = []) {
    this.#table = table;
    this.#own = checkedTools(table, own);
  }

  /** What `thread/start` offers. Codex keeps it with the thread and does not take it again. */
  offered(): DynamicToolSpec[] {
    const enabled = this.#table.enabledFor({ threadId: null }).filter(({ name }) => !this.#own.has(name));
    return [...this.#own.values(), ...enabled].map(({ spec }) => spec);
  }

  /** The tool of a name, as long as the thread may use it. */
  find(name: string, threadId: string): Tool | undefined {
    return this.#own.get(name) ?? this.#table.findFor(name, { threadId });
  }
}

function checkedTools(table: ToolTable, own: readonly Tool[]): ReadonlyMap<string, Tool> {
  if (!Array.isArray(own) || own.length > toolsMax)
    throw new InvalidOptionError('tools', own, `an array of at most ${toolsMax} tools`);
  const tools = new Map<string, Tool>();
  for (const [index, tool] of own.entries()) {
    if (!isTool(tool)) throw new InvalidOptionError(`tools[${index}]`, tool, 'a tool made by defineTool');
    if (tools.has(tool.name) || table.find(tool.name) !== undefined)
      throw new InvalidOptionError(`tools[${index}].name`, tool.name, 'a name that no other tool has');
    tools.set(tool.name, tool);
  }
  return tools;
}

function isTool(value: unknown): value is Tool {
  return isRecord(value) && typeof value.prepare === 'function' && isRecord(value.spec);
}
