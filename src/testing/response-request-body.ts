/** What the scripted model reads in the body of a Responses API request. */
export interface RequestFacts {
  /** The last thing that the user said: what this response answers. Empty when there is nothing. */
  readonly prompt: string;
  /** All that the user said in the thread so far, in order, without what Codex adds by itself. */
  readonly userMessages: readonly string[];
  /** The outputs of tool calls made since the prompt, in order. */
  readonly toolOutputs: readonly ToolOutput[];
  /** How many model responses the history holds since the prompt: 0 for the first request of a turn. */
  readonly step: number;
}

/** What a tool call gave back to the model. */
export interface ToolOutput {
  readonly callId: string;
  /** Text as the model sees it; output that is not text is given as JSON. */
  readonly output: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object. */
export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses a request body.
 *
 * @throws SyntaxError when it is not JSON, TypeError when it is no object with an `input` array.
 */
export function parseRequestBody(bytes: Buffer): Json & { readonly input: readonly unknown[] } {
  const body: unknown = JSON.parse(bytes.toString('utf8'));
  if (!isRecord(body) || !Array.isArray(body.input)) {
    throw new TypeError('the body is no Responses API request: it needs an `input` array');
  }
  return { ...body, input: body.input };
}

/**
 * What Codex says in the user's role by itself: the surroundings, notices of an abort or a command, the wrappers around
 * images. Each begins with a tag of its own, or with the heading of AGENTS.md.
 */
const addedByCodex =
  /^\s*(?:# AGENTS\.md instructions|<(?:environment_context|user_instructions|turn_aborted|user_shell_command|subagent_notification|skill|context_window_reminder|codex_internal_context|goal_context|recommended_plugins|image name=[^>]*|\/image)\b)/;

/** What the user said in one message; undefined when the message is not the user's, or only Codex's own context. */
function userText(item: unknown): string | undefined {
  if (!isRecord(item) || item.role !== 'user' || !Array.isArray(item.content)) return undefined;
  const said = item.content.flatMap((part: unknown) =>
    isRecord(part) && typeof part.text === 'string' && !addedByCodex.test(part.text) ? [part.text] : [],
  );
  const hasImage = item.content.some((part: unknown) => isRecord(part) && part.type === 'input_image');
  return said.length > 0 ? said.join('\n') : hasImage ? '' : undefined;
}

function toolOutput(item: unknown): ToolOutput | undefined {
  if (!isRecord(item) || typeof item.type !== 'string' || !item.type.endsWith('_output')) return undefined;
  const output = typeof item.output === 'string' ? item.output : JSON.stringify(item.output ?? null);
  return { callId: typeof item.call_id === 'string' ? item.call_id : '', output };
}

/** Whether an item of the history came from the model. */
function fromModel(item: unknown): boolean {
  if (!isRecord(item)) return false;
  return item.role === 'assistant' || (item.role === undefined && toolOutput(item) === undefined);
}

/** Reads the conversation: pure, one pass. */
export function readConversation(input: readonly unknown[]): RequestFacts {
  const userMessages: string[] = [];
  let toolOutputs: ToolOutput[] = [];
  let step = 0;
  let inModelResponse = false;
  for (const item of input) {
    const said = userText(item);
    if (said !== undefined) {
      userMessages.push(said);
      toolOutputs = [];
      step = 0;
      inModelResponse = false;
      continue;
    }
    const output = toolOutput(item);
    if (output !== undefined) {
      toolOutputs.push(output);
      inModelResponse = false;
    } else if (fromModel(item) && !inModelResponse) {
      inModelResponse = true;
      step += 1;
    }
  }
  return { prompt: userMessages.at(-1) ?? '', userMessages, toolOutputs, step };
}
