import { LimitExceededError } from '../../protocol/errors/call-errors.ts';
import type { ToolHandle, ToolTable } from '../tools/tool-table.ts';
import type { McpServerOptions } from './mcp-server-options.ts';
import { type McpToolCaller, mcpTool } from './mcp-tool.ts';
import type { ListedTool, ToolList } from './mcp-tool-list.ts';
import { qualifiedToolName } from './mcp-tool-names.ts';

/** Where an MCP server of the application stands. */
export type McpServerState =
  /** It is being started, or connected to anew, or its tools are being listed. */
  | 'connecting'
  /** Its tools can be called. */
  | 'ready'
  /** It has failed, and is tried again after a while. Calls wait. */
  | 'waiting'
  /** It has failed too often; `reconnect` tries it again. */
  | 'failed'
  | 'closed';

/** An MCP server of the application, as plain data. */
export interface McpServerStatus {
  readonly name: string;
  readonly state: McpServerState;
  /** What the model calls the tools that threads are offered. */
  readonly tools: readonly string[];
  /** Tools whose name another tool has, by the server's own names: they are not offered. */
  readonly collisions: readonly string[];
  /** Tools beyond the limits: they are not offered either. At least so many where `leftOutAtLeast` says so. */
  readonly leftOut: number;
  /** Whether its list has more pages than are read, so that nobody knows how many tools are left out. */
  readonly leftOutAtLeast: boolean;
  /** Failures in a row. */
  readonly failures: number;
  /** Why it failed last; null before. Redacted. */
  readonly error: string | null;
}

/** A tool that stands in the table. */
interface Offered {
  readonly handle: ToolHandle;
  /** Its description and schema, to be compared with a later list. */
  readonly facts: string;
}

/**
 * What outlives the incarnations of one server's actor: where the server stands, and which of its tools are offered. The actor's
 * present incarnation writes it.
 */
export class McpServerEntry {
  readonly name: string;
  readonly #options: McpServerOptions;
  readonly #table: ToolTable;
  readonly #call: McpToolCaller;
  readonly #changed: () => void;
  /** By the name that the model knows. */
  readonly #offered = new Map<string, Offered>();
  #status: McpServerStatus;
  #closed = false;

  constructor(
    name: string,
    options: McpServerOptions,
    links: { readonly table: ToolTable; readonly call: McpToolCaller; readonly changed: () => void },
  ) {
    this.name = name;
    this.#options = options;
    this.#table = links.table;
    this.#call = links.call;
    this.#changed = links.changed;
    this.#status = {
      name,
      state: 'connecting',
      tools: [],
      collisions: [],
      leftOut: 0,
      leftOutAtLeast: false,
      failures: 0,
      error: null,
    };
  }

  /** Not a field of its own: an inspector that writes down a message with an entry must not write down the server's secrets. */
  get options(): McpServerOptions {
    return this.#options;
  }

  get status(): McpServerStatus {
    return this.#status;
  }

  /** Whether it is of no use any more. */
  get closed(): boolean {
    return this.#closed;
  }

  moved(change: Pick<McpServerStatus, 'state' | 'failures' | 'error'>): void {
    // Closed is its last word, whatever its actor still does.
    if (this.#closed) return;
    const { state, failures, error } = this.#status;
    if (change.state === state && change.failures === failures && change.error === error) return;
    this.#set({ ...this.#status, ...change });
  }

  /** Offers what is listed, and no longer what is not. Threads that run keep what they were offered. */
  listed({ tools, leftOut, isCut }: ToolList): void {
    if (this.#closed) return;
    const wanted = this.options.tools;
    const named = tools.filter(({ name }) => wanted === undefined || wanted.includes(name));
    const byName = new Map<string, ListedTool>();
    const collisions: string[] = [];
    for (const tool of named) {
      const name = qualifiedToolName(this.name, tool.name);
      if (byName.has(name)) collisions.push(tool.name);
      else byName.set(name, tool);
    }
    this.#withdraw((name) => !byName.has(name));
    const refused = [...byName].map(([name, tool]) => this.#offer(name, tool));
    const beyond = refused.filter((why) => why === 'limit').length;
    const taken = [...byName.values()].filter((_, index) => refused[index] === 'taken');
    this.#set({
      ...this.#status,
      tools: [...this.#offered.keys()],
      collisions: [...collisions, ...taken.map(({ name }) => name)],
      leftOut: leftOut + beyond,
      leftOutAtLeast: isCut,
    });
  }

  /** Takes all its tools out of the table: calls that run go on, later ones are told that they are gone. */
  close(): void {
    this.#closed = true;
    this.#withdraw(() => true);
    this.#set({ ...this.#status, state: 'closed', tools: [] });
  }

  #offer(name: string, tool: ListedTool): 'offered' | 'taken' | 'limit' {
    const facts = JSON.stringify(tool);
    const before = this.#offered.get(name);
    if (before?.facts === facts) return 'offered';
    if (before === undefined && this.#table.find(name) !== undefined) return 'taken';
    before?.handle.deregister();
    this.#offered.delete(name);
    const { enabled } = this.options;
    try {
      const own = mcpTool(name, tool, this.options, this.#call);
      const handle = this.#table.register(own, enabled === undefined ? {} : { enabled });
      this.#offered.set(name, { handle, facts });
      return 'offered';
    } catch (error) {
      if (LimitExceededError.isInstance(error)) return 'limit';
      return 'taken';
    }
  }

  #withdraw(isGone: (name: string) => boolean): void {
    for (const [name, { handle }] of this.#offered) {
      if (!isGone(name)) continue;
      handle.deregister();
      this.#offered.delete(name);
    }
  }

  #set(status: McpServerStatus): void {
    this.#status = status;
    this.#changed();
  }
}
