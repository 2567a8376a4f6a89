/**
 * A program written for `@openai/codex-sdk`, with what its users do to its types: options filled in one by one, unions that are switched over to
 * the last member, results that are changed and summed up. Prints what happens as JSON lines. The prompts are its arguments.
 */
import {
  Codex,
  type CodexOptions,
  type Input,
  type ItemCompletedEvent,
  type McpToolCallItem,
  type RunResult,
  type RunStreamedResult,
  Thread,
  type ThreadErrorEvent,
  type ThreadEvent,
  type ThreadItem,
  type ThreadOptions,
  type TurnOptions,
  type Usage,
  type UserInput,
} from '@openai/codex-sdk';

const options: CodexOptions = {
  config: { show_raw_agent_reasoning: true, sandbox_workspace_write: { network_access: true } },
};
if (process.env.PROGRAM_CODEX !== undefined) options.codexPathOverride = process.env.PROGRAM_CODEX;
options.configOverrides = [];
options.configOverrides.push('model_reasoning_summary="detailed"');
const threadOptions: ThreadOptions = {};
threadOptions.skipGitRepoCheck = true;
threadOptions.sandboxMode = 'danger-full-access';
threadOptions.additionalDirectories = [];
threadOptions.additionalDirectories.push('further');

class OurCodex extends Codex {
  override startThread(given?: ThreadOptions): Thread {
    return super.startThread({ approvalPolicy: 'never', ...given });
  }
}

const total: Usage = {
  input_tokens: 0,
  cached_input_tokens: 0,
  cache_write_input_tokens: 0,
  output_tokens: 0,
  reasoning_output_tokens: 0,
};

function told(item: ThreadItem): string {
  switch (item.type) {
    case 'agent_message':
    case 'reasoning':
      return item.text;
    case 'command_execution': {
      const code: number | undefined = item.exit_code;
      return `${item.command} ${item.aggregated_output} ${code ?? 'none'} ${item.status}`;
    }
    case 'file_change':
      return item.changes.map((change) => `${change.kind} ${change.path}`).join();
    case 'mcp_tool_call': {
      const texts = item.result?.content.map((block) => (block.type === 'text' ? block.text : block.type));
      return `${item.server} ${item.tool} ${texts?.join() ?? item.error?.message ?? ''}`;
    }
    case 'web_search':
      return item.query;
    case 'todo_list':
      return item.items.map((step) => `${step.completed} ${step.text}`).join();
    case 'error':
      return item.message;
    default: {
      const none: never = item;
      return none;
    }
  }
}

function line(event: ThreadEvent): string {
  switch (event.type) {
    case 'thread.started':
      return event.thread_id;
    case 'turn.started':
      return '';
    case 'turn.completed':
      total.input_tokens += event.usage.input_tokens;
      return `${event.usage.output_tokens}`;
    case 'turn.failed':
      return event.error.message;
    case 'item.started':
    case 'item.updated':
    case 'item.completed':
      return told(event.item);
    case 'error':
      return event.message;
    default: {
      const none: never = event;
      return none;
    }
  }
}

interface Runner {
  readonly id: string | null;
  run(input: Input, turn?: TurnOptions): Promise<RunResult>;
  runStreamed(input: Input, turn?: TurnOptions): Promise<RunStreamedResult>;
}

function print(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

async function streamed(thread: Runner, prompt: string): Promise<void> {
  const seen: ThreadEvent[] = [];
  const { events }: { events: AsyncGenerator<ThreadEvent> } = await thread.runStreamed(prompt);
  for await (const event of events) {
    seen.push(event);
    print([event, line(event)]);
    if (event.type === 'turn.failed') break;
  }
  const calls: McpToolCallItem[] = seen
    .filter((event): event is ItemCompletedEvent => event.type === 'item.completed')
    .map((event) => event.item)
    .filter((item): item is McpToolCallItem => item.type === 'mcp_tool_call');
  const failure = seen.find((event): event is ThreadErrorEvent => event.type === 'error');
  print({ calls: calls.length, failure: failure?.message });
}

async function whole(thread: Runner, prompt: string): Promise<void> {
  const parts: UserInput[] = [{ type: 'text', text: 'First of all:' }];
  parts.push({ type: 'text', text: prompt });
  const input: Input = parts;
  if (Array.isArray(input)) input.reverse();
  const turnOptions: TurnOptions = {};
  turnOptions.signal = new AbortController().signal;
  turnOptions.outputSchema = { type: 'object', properties: {}, additionalProperties: false } as const;
  try {
    const turn = await thread.run(input, turnOptions);
    const items: ThreadItem[] = turn.items;
    turn.finalResponse = turn.finalResponse.trim();
    print({ items: items.reverse(), finalResponse: turn.finalResponse, hasUsage: turn.usage !== null });
  } catch (error) {
    print({ isError: error instanceof Error, message: error instanceof Error ? error.message : '' });
  }
}

const codex = new OurCodex(options);
for (const prompt of process.argv.slice(2)) {
  const thread = codex.startThread(threadOptions);
  print([thread instanceof Thread, thread.id]);
  await streamed(thread, prompt);
  await whole(thread, prompt);
  await whole(codex.resumeThread(thread.id ?? '', threadOptions), prompt);
}
print(total);
