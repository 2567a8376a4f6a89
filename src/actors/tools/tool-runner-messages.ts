import { isRecord } from '../../protocol/unread.ts';
import type { ActorContext } from '../../supervisor/behaviour.ts';
import type { PortServerRequest, Respond } from '../exec-port/thread-route.ts';
import type { AskUserWhile } from './ask-user.ts';
import type { ThreadTools } from './thread-tools.ts';
import type { Tool } from './tool.ts';
import { failureResponse } from './tool-results.ts';

/** Addresses of what runs tools, below the tree's root. */
export const toolsPath = 'tools';
export const toolRunnerPath = 'tools/runner';
export const toolCallsPath = 'tools/calls';

/** A call as Codex asks for it. */
export interface ToolCallFacts {
  readonly threadId: string;
  readonly turnId: string;
  readonly callId: string;
  /** The tool's name. */
  readonly tool: string;
  /** Codex has seen that it is JSON, and no more. */
  readonly args: unknown;
}

/** A call with the right to answer it. */
export interface OpenToolCall {
  readonly facts: ToolCallFacts;
  /** The tool as it is now: it may have been deregistered since the thread was offered it. */
  readonly find: () => Tool | undefined;
  readonly respond: Respond;
  /** Asks in the name of the call's thread. */
  readonly ask: AskUserWhile;
  /** Aborted when nobody waits for the answer any more: the turn has ended, or its process has. */
  readonly signal: AbortSignal;
}

/** What the tool runner takes. */
export type ToolRunnerMessage = { readonly type: 'tool.call'; readonly call: OpenToolCall };

/** Hands `item/tool/call` to the tool runner. The answer is sure to come: from the runner, or from here when there is none. */
export function callTool(
  context: Pick<ActorContext<never>, 'cast' | 'whereis'>,
  tools: ThreadTools,
  { params }: PortServerRequest,
  answering: Pick<OpenToolCall, 'respond' | 'ask' | 'signal'>,
): void {
  const facts = toolCallFacts(params);
  if (facts === undefined || context.whereis(toolRunnerPath) === undefined) {
    answering.respond({ result: failureResponse('This tool cannot be called now. Go on without it.') });
    return;
  }
  const find = () => tools.find(facts.tool, facts.threadId);
  context.cast<ToolRunnerMessage>(toolRunnerPath, {
    type: 'tool.call',
    call: { facts, find, ...answering },
  });
}

/** Reads the params of `item/tool/call`; undefined when they are none. */
function toolCallFacts(params: unknown): ToolCallFacts | undefined {
  if (!isRecord(params)) return undefined;
  const { threadId, turnId, callId, tool, arguments: args } = params;
  if (typeof threadId !== 'string' || typeof turnId !== 'string') return undefined;
  if (typeof callId !== 'string' || typeof tool !== 'string') return undefined;
  return { threadId, turnId, callId, tool, args };
}
