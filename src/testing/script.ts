/** Tokens that a response reports. All default to those of `defaultUsage`. */
export interface ModelUsage {
  readonly inputTokens?: number;
  readonly cachedInputTokens?: number;
  readonly outputTokens?: number;
  readonly reasoningOutputTokens?: number;
}

/** What a response reports when its script has no `usage` action. */
export const defaultUsage: Required<ModelUsage> = {
  inputTokens: 100,
  cachedInputTokens: 0,
  outputTokens: 10,
  reasoningOutputTokens: 0,
};

/** Makes a failure happen only in the first `times` attempts of the same request; later attempts skip it. Default: in all. */
export interface Attempts {
  readonly times?: number;
}

/** How a text is streamed. */
export interface TextOptions {
  /** Into how many deltas the text is cut, by code points. Default 1; at most one for each code point. */
  readonly deltas?: number;
  /** Wall time between deltas, for demonstrations. Default 0: all at once. Tests use a gate instead. */
  readonly gapMs?: number;
  /**
   * Stops in the middle of the message, after that many deltas, until the gate of that name opens. What a turn that is interrupted or
   * steered while the model speaks needs: a message that has begun and not ended.
   */
  readonly hold?: { readonly afterDeltas: number; readonly gate: string };
  /** Passed through to the item's `phase`: `commentary` or `final_answer`. Default: none. */
  readonly phase?: 'commentary' | 'final_answer';
}

/**
 * One thing that the scripted model does within one response. Actions are plain JSON, so that a script can also
 * travel inside a prompt; make them with the functions of this file.
 */
export type ModelAction =
  | { readonly type: 'begin' }
  | ({ readonly type: 'text'; readonly text: string } & TextOptions)
  | { readonly type: 'stream'; readonly deltas: number; readonly size: number }
  | { readonly type: 'reasoning'; readonly summary: readonly string[]; readonly content: readonly string[] }
  | {
      readonly type: 'function_call';
      readonly name: string;
      readonly arguments: string;
      readonly namespace?: string;
      readonly callId?: string;
    }
  | {
      readonly type: 'custom_tool_call';
      readonly name: string;
      readonly input: string;
      readonly callId?: string;
    }
  | { readonly type: 'web_search'; readonly query: string }
  | { readonly type: 'item'; readonly item: Readonly<Record<string, unknown>> }
  | { readonly type: 'usage'; readonly usage: ModelUsage }
  | { readonly type: 'hold'; readonly gate: string }
  | { readonly type: 'sse'; readonly text: string }
  | ({ readonly type: 'failed'; readonly code: string; readonly message: string } & Attempts)
  | ({ readonly type: 'incomplete'; readonly reason: string } & Attempts)
  | ({ readonly type: 'end' } & Attempts)
  | ({ readonly type: 'drop' } & Attempts)
  | ({
      readonly type: 'http';
      readonly status: number;
      readonly body: string;
      readonly headers: Readonly<Record<string, string>>;
    } & Attempts);

/** What the model does in answer to one request, in order. `response.completed` follows by itself unless a failure came first. */
export type ModelResponse = readonly ModelAction[];

/** Sends the headers and `response.created` now, before anything else: `[begin(), drop()]` is a connection lost after the headers. */
export function begin(): ModelAction {
  return { type: 'begin' };
}

/** An assistant message. */
export function text(content: string, options: TextOptions = {}): ModelAction {
  return { type: 'text', text: content, ...options };
}

/** An assistant message of `deltas` deltas of `size` characters each, made as it is sent: for load. */
export function stream(options: { readonly deltas: number; readonly size: number }): ModelAction {
  return { type: 'stream', ...options };
}

/** A reasoning item with summary parts, and raw content parts where given. */
export function reasoning(summary: string | readonly string[], content: readonly string[] = []): ModelAction {
  return { type: 'reasoning', summary: typeof summary === 'string' ? [summary] : summary, content };
}

/** How a call names itself. */
export interface ToolCallOptions {
  /** Namespace of the tool, such as `mcp__files`. Default: none. */
  readonly namespace?: string;
  /** Default: made from the request's number, unique in one model server. */
  readonly callId?: string;
}

/** A call of a function tool. `args` is sent as JSON; a string is sent as it is, also when it is not JSON. */
export function functionCall(name: string, args: unknown, options: ToolCallOptions = {}): ModelAction {
  return {
    type: 'function_call',
    name,
    arguments: typeof args === 'string' ? args : JSON.stringify(args),
    ...options,
  };
}

/** A call of a custom (free text) tool. */
export function customToolCall(
  name: string,
  input: string,
  options: { readonly callId?: string } = {},
): ModelAction {
  return { type: 'custom_tool_call', name, input, ...options };
}

/** Runs a shell command through Codex's `exec_command`; `extra` adds arguments such as `workdir` or `yield_time_ms`. */
export function command(cmd: string, extra: Readonly<Record<string, unknown>> = {}): ModelAction {
  return functionCall('exec_command', { cmd, ...extra });
}

/** Changes files through Codex's `apply_patch`; `patch` is the text from `*** Begin Patch` to `*** End Patch`. */
export function patch(patchText: string): ModelAction {
  return customToolCall('apply_patch', patchText);
}

/** A web search that the provider has already made. */
export function webSearch(query: string): ModelAction {
  return { type: 'web_search', query };
}

/** Any other finished output item of the Responses API, sent as it is. */
export function outputItem(item: Readonly<Record<string, unknown>>): ModelAction {
  return { type: 'item', item };
}

/** Sets the usage that this response reports when it completes. */
export function usage(tokens: ModelUsage): ModelAction {
  return { type: 'usage', usage: tokens };
}

/** Waits at the gate of that name until the test opens it with `model.gate(name).release()`; nothing sent before is held back. */
export function hold(gate: string): ModelAction {
  return { type: 'hold', gate };
}

/** Sends bytes into the event stream as they are: comments, unknown events, malformed lines. Write the line ends yourself. */
export function sse(bytes: string): ModelAction {
  return { type: 'sse', text: bytes };
}

/** Ends the response with `response.failed`. */
export function failed(code: string, message: string, options: Attempts = {}): ModelAction {
  return { type: 'failed', code, message, ...options };
}

/** Ends the response with `response.incomplete`. */
export function incomplete(reason: string, options: Attempts = {}): ModelAction {
  return { type: 'incomplete', reason, ...options };
}

/** Ends the event stream in good order but without `response.completed`. */
export function endEarly(options: Attempts = {}): ModelAction {
  return { type: 'end', ...options };
}

/** Cuts the connection here: as the first action before the headers, after `begin()` after them, later in mid-stream. */
export function drop(options: Attempts = {}): ModelAction {
  return { type: 'drop', ...options };
}

/** Refuses the request with an HTTP status. Only as the first action. A body that is not a string is sent as JSON. */
export function httpError(
  status: number,
  options: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } & Attempts = {},
): ModelAction {
  const { body = { error: { message: `scripted HTTP ${status}` } }, headers = {}, ...attempts } = options;
  return {
    type: 'http',
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers,
    ...attempts,
  };
}
