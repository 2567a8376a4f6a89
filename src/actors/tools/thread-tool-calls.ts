import { isRecord } from '../../protocol/unread.ts';
import type { ActorContext } from '../../supervisor/behaviour.ts';
import type { PortNotification, PortServerRequest, Respond } from '../exec-port/thread-route.ts';
import type { AnswerOfUser, AskUserWhile, QuestionToUser } from './ask-user.ts';
import type { ThreadTools } from './thread-tools.ts';
import { callTool } from './tool-runner-messages.ts';

/** Whoever decides the approvals of a thread. */
export interface ThreadQuestions {
  ask(question: QuestionToUser, turnId: string, signal: AbortSignal): Promise<AnswerOfUser>;
}

/** Nobody may decide. */
const declineQuestions: ThreadQuestions = { ask: () => Promise.resolve({ action: 'decline' }) };

/**
 * The tool calls of a thread while it is attached to a port: hands them on, and ends them with their turn. Codex tells nobody that it
 * no longer waits for a call, so the end of the turn has to.
 */
export class ThreadToolCalls {
  readonly #context: Pick<ActorContext<never>, 'cast' | 'whereis'>;
  readonly #tools: ThreadTools | undefined;
  readonly #asking: ThreadQuestions;
  /** By turn id; at most as many as there are open requests of the server. */
  readonly #turns = new Map<string, AbortController>();

  constructor(
    context: Pick<ActorContext<never>, 'cast' | 'whereis'>,
    tools: ThreadTools | undefined,
    asking: ThreadQuestions = declineQuestions,
  ) {
    this.#context = context;
    this.#tools = tools;
    this.#asking = asking;
  }

  /** Takes a tool call; returns false for any other request. */
  request(request: PortServerRequest, respond: Respond): boolean {
    if (request.method !== 'item/tool/call' || this.#tools === undefined) return false;
    const turnId = isRecord(request.params) ? String(request.params.turnId) : '';
    const turn = this.#turns.get(turnId) ?? new AbortController();
    this.#turns.set(turnId, turn);
    const { signal } = turn;
    const ask: AskUserWhile = (question, whileCalled) => this.#asking.ask(question, turnId, whileCalled);
    callTool(this.#context, this.#tools, request, { respond, ask, signal });
    return true;
  }

  /** Ends the calls of a turn that has ended. */
  notified({ method, params }: PortNotification): void {
    if (method !== 'turn/completed' || this.#turns.size === 0) return;
    if (!isRecord(params) || !isRecord(params.turn)) return;
    const turnId = String(params.turn.id);
    this.#turns.get(turnId)?.abort();
    this.#turns.delete(turnId);
  }

  /** Ends all calls: nobody could be answered any more. */
  detach(): void {
    for (const turn of this.#turns.values()) turn.abort();
    this.#turns.clear();
  }
}
