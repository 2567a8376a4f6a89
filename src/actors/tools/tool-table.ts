import { createStore } from '@xstate/store';
import { InvalidOptionError, LimitExceededError } from '../../protocol/errors/call-errors.ts';
import { checkOptionNames, type OptionNames } from '../../protocol/option-names.ts';
import type { Tool } from './tool.ts';
import { type ToolCallEnd, type ToolMetrics, withEnd, withMetrics, withStart } from './tool-metrics.ts';

/** Tools that a table holds at one time, and that one thread is offered: more were not tried with Codex. */
export const toolsMax = 1_000;

/** For whom a tool is asked to be enabled. */
export interface ToolAudience {
  /** Null for a thread that is about to be started. */
  readonly threadId: string | null;
}

/** How a tool is registered. */
export interface RegisterToolOptions {
  /**
   * Whether a thread may use the tool: asked when the thread is started, to offer it, and at each call. One that throws says no.
   * Defaults to yes.
   */
  readonly enabled?: (audience: ToolAudience) => boolean;
}

const registerOptionNames = { enabled: 'own' } as const satisfies OptionNames<RegisterToolOptions>;

/** The right to take one tool out of the table again. */
export interface ToolHandle {
  readonly name: string;
  /** Takes the tool out: calls that run go on, later ones are told that it is gone. Returns false when it was out already. */
  deregister(): boolean;
}

interface Entry {
  readonly tool: Tool;
  readonly enabled: (audience: ToolAudience) => boolean;
}

/** Maps: each change copies them, and an object of a thousand names takes far longer to copy. */
interface TableContext {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly metrics: ReadonlyMap<string, ToolMetrics>;
}

const emptyTable: TableContext = { entries: new Map(), metrics: new Map() };

/**
 * The tools that an application offers to the threads of one `Codex`, and what became of their calls. A thread is offered the tools
 * that are enabled when it is started; Codex keeps them with the thread, and has no way to change them later.
 *
 * @example
 * const handle = codex.tools.register(lookup);
 * // …
 * handle.deregister();
 */
export class ToolTable {
  readonly #store = createStore({
    context: emptyTable,
    on: {
      registered: (table, { entry }: { entry: Entry }) => ({
        entries: new Map(table.entries).set(entry.tool.name, entry),
        metrics: withMetrics(table.metrics, entry.tool.name, (metrics) => metrics),
      }),
      deregistered: (table, { name }: { name: string }) => ({
        ...table,
        entries: without(table.entries, name),
      }),
      started: (table, { name }: { name: string }) => ({
        ...table,
        metrics: withMetrics(table.metrics, name, withStart),
      }),
      ended: (table, { name, end }: { name: string; end: ToolCallEnd }) => ({
        ...table,
        metrics: withMetrics(table.metrics, name, (metrics) => withEnd(metrics, end)),
      }),
    },
  });

  /**
   * Offers a tool to the threads that are started from now on.
   *
   * @throws InvalidOptionError when another tool has its name; LimitExceededError above `toolsMax`, 1,000.
   */
  register(tool: Tool, options: RegisterToolOptions = {}): ToolHandle {
    const { name } = tool;
    checkOptionNames('tools.register', options, registerOptionNames);
    const { enabled = () => true } = options;
    if (typeof enabled !== 'function') throw new InvalidOptionError('enabled', enabled, 'a function');
    if (this.find(name) !== undefined)
      throw new InvalidOptionError('name', name, 'a name that no other registered tool has');
    const count = this.#store.getSnapshot().context.entries.size;
    if (count >= toolsMax) throw new LimitExceededError('toolsMax', toolsMax, count + 1);
    const entry: Entry = { tool, enabled };
    this.#store.trigger.registered({ entry });
    return {
      name,
      deregister: () => {
        // A name may have gone to another tool since.
        if (this.#entry(name) !== entry) return false;
        this.#store.trigger.deregistered({ name });
        return true;
      },
    };
  }

  /** The names of the tools that are registered, in the order they were. */
  get names(): readonly string[] {
    return [...this.#store.getSnapshot().context.entries.keys()];
  }

  /** The tool of a name; undefined when none is registered. */
  find(name: string): Tool | undefined {
    return this.#entry(name)?.tool;
  }

  /** As `find`, but only a tool that this audience may use. */
  findFor(name: string, audience: ToolAudience): Tool | undefined {
    const entry = this.#entry(name);
    return entry !== undefined && isEnabled(entry, audience) ? entry.tool : undefined;
  }

  /** The tools that this audience may use. */
  enabledFor(audience: ToolAudience): readonly Tool[] {
    const entries = this.#store.getSnapshot().context.entries.values();
    return [...entries].filter((entry) => isEnabled(entry, audience)).map(({ tool }) => tool);
  }

  /** What became of the calls of each tool, by name; also of tools that were deregistered since. */
  get metrics(): Readonly<Record<string, ToolMetrics>> {
    return Object.fromEntries(this.#store.getSnapshot().context.metrics);
  }

  /**
   * Calls `changed` after each change of the table or its metrics, until the returned function is called.
   *
   * @throws InvalidOptionError when it is no function.
   */
  subscribe(changed: () => void): () => void {
    if (typeof changed !== 'function') throw new InvalidOptionError('changed', changed, 'a function');
    const subscription = this.#store.subscribe(changed);
    return () => subscription.unsubscribe();
  }

  /** @internal */
  callStarted(name: string): void {
    this.#store.trigger.started({ name });
  }

  /** @internal */
  callEnded(name: string, end: ToolCallEnd): void {
    this.#store.trigger.ended({ name, end });
  }

  #entry(name: string): Entry | undefined {
    return this.#store.getSnapshot().context.entries.get(name);
  }
}

function without(entries: ReadonlyMap<string, Entry>, name: string): ReadonlyMap<string, Entry> {
  const left = new Map(entries);
  left.delete(name);
  return left;
}

function isEnabled({ enabled }: Entry, audience: ToolAudience): boolean {
  try {
    return enabled(audience) === true;
  } catch {
    return false;
  }
}
