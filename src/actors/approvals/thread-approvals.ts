import type { ApprovalOutcome } from '../../machines/approval-machine.ts';
import type { ApprovalRequest } from '../../protocol/approvals/approval-request.ts';
import { parseApprovalRequest } from '../../protocol/approvals/parse-approval-request.ts';
import { ApprovalDeniedError } from '../../protocol/errors/turn-errors.ts';
import type { WireId } from '../../protocol/json-rpc-codec.ts';
import { isRecord } from '../../protocol/unread.ts';
import type { Messaging } from '../../supervisor/behaviour.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';
import { refusalOf } from '../exec-port/server-requests.ts';
import type {
  PortNotification,
  PortServerRequest,
  Respond,
  ServerRequestAnswer,
} from '../exec-port/thread-route.ts';
import type { AnswerOfUser, QuestionToUser } from '../tools/ask-user.ts';
import { type ApprovalQueueMessage, type AskRequest, approvalQueuePath } from './approval-messages.ts';
import { FileChangeLog } from './file-change-log.ts';
import type { ApprovalPolicy } from './policies/approval-policy.ts';

/** Which thread of which port approvals are asked for, and by what they are decided. */
export interface ThreadApprovalsOptions {
  readonly port: PortConnection;
  readonly threadId: string;
  /** Null: nobody may say yes. */
  readonly policy: ApprovalPolicy | null;
}

/** The approvals of one attached thread, as its port tells them: what it asks goes to the queue, where it survives the thread's actor. */
export class ThreadApprovals {
  readonly #messaging: Messaging;
  readonly #options: ThreadApprovalsOptions;
  readonly #fileChanges = new FileChangeLog();
  /** Questions of Codex that the queue has and that are not settled. */
  readonly #waiting = new Set<ApprovalRequest>();
  /** The denial that ended a turn last. */
  #denial: { readonly turnId: string; readonly error: ApprovalDeniedError } | null = null;
  /** Questions that were asked in the name of tool calls. */
  #questions = 0;

  constructor(messaging: Messaging, options: ThreadApprovalsOptions) {
    this.#messaging = messaging;
    this.#options = options;
  }

  notified(notification: PortNotification): void {
    if (notification.method === 'serverRequest/resolved') this.#resolved(notification.params);
    else this.#fileChanges.notified(notification);
  }

  /**
   * Takes a question that is an approval; from then on it is answered by the queue, whatever becomes of the thread's actor.
   *
   * @returns false when it is none.
   */
  request({ id, method, params }: PortServerRequest, respond: Respond, keep: () => void): boolean {
    const request = parseApprovalRequest(method, params, (itemId) => this.#fileChanges.changesOf(itemId));
    if (request === undefined) return false;
    const { policy, port } = this.#options;
    const bytes = Buffer.byteLength(JSON.stringify(request));
    const over = () => void this.#waiting.delete(request);
    const answer: Respond = (given) => {
      over();
      respond(given);
    };
    const ended = (outcome: ApprovalOutcome) => {
      over();
      this.#noteDenial(request, outcome);
    };
    const question = { request, policy, requestId: id, port: port.address, respond: answer, ended, bytes };
    this.#waiting.add(request);
    keep();
    const ask: AskRequest = { type: 'approval.asked', question };
    // The answer says that somebody sees to it. The end of the queue before that is the only failure.
    this.#messaging
      .call(approvalQueuePath, ask, { timeoutMs: Number.POSITIVE_INFINITY })
      .catch(() => answer(refusalOf(method)));
    return true;
  }

  /** Whether a question of the turn waits for its answer. */
  isAsking(turnId: string): boolean {
    for (const request of this.#waiting) if (request.turnId === turnId) return true;
    return false;
  }

  /** The denial by which Codex was told to end the turn; null when it ended of something else. */
  denialOf(turnId: string): ApprovalDeniedError | null {
    return this.#denial?.turnId === turnId ? this.#denial.error : null;
  }

  /**
   * Asks in the name of a tool call of the application, in the words of an elicitation.
   *
   * @param signal Aborted when nobody waits for the call any more: the question is withdrawn, and the answer is `cancel`.
   */
  ask(question: QuestionToUser, turnId: string, signal: AbortSignal): Promise<AnswerOfUser> {
    const { policy, port, threadId } = this.#options;
    const method = 'mcpServer/elicitation/request';
    const request = { ...question, method, kind: 'elicitation', threadId, turnId, itemId: null } as const;
    this.#questions += 1;
    const requestId = `${method}/${turnId}/${this.#questions}`;
    const bytes = Buffer.byteLength(JSON.stringify(request));
    return new Promise((resolve) => {
      const withdrawn = () => {
        this.#withdraw(requestId);
        resolve({ action: 'cancel' });
      };
      const respond: Respond = (answer) => {
        signal.removeEventListener('abort', withdrawn);
        resolve(answerOf(answer));
      };
      if (signal.aborted) return resolve({ action: 'cancel' });
      signal.addEventListener('abort', withdrawn, { once: true });
      const open = { request, policy, requestId, port: port.address, respond, bytes };
      const ask: AskRequest = { type: 'approval.asked', question: open };
      this.#messaging
        .call(approvalQueuePath, ask, { timeoutMs: Number.POSITIVE_INFINITY })
        .catch(() => respond(refusalOf(method)));
    });
  }

  #noteDenial({ kind, itemId, turnId }: ApprovalRequest, { decision, by, why }: ApprovalOutcome): void {
    // To questions of other kinds `cancel` is an answer, after which the turn goes on.
    if (decision?.type !== 'cancel' || turnId === null || (kind !== 'command' && kind !== 'file_change'))
      return;
    const reason = why ?? `by the decision of ${by === 'person' ? 'a person' : 'its policy'}`;
    this.#denial = { turnId, error: new ApprovalDeniedError({ approvalKind: kind, itemId, reason }) };
  }

  #resolved(params: unknown): void {
    const requestId = isRecord(params) ? params.requestId : undefined;
    if (typeof requestId !== 'string' && typeof requestId !== 'number' && typeof requestId !== 'bigint')
      return;
    this.#withdraw(requestId);
  }

  #withdraw(requestId: WireId): void {
    const { threadId } = this.#options;
    this.#messaging.cast<ApprovalQueueMessage>(approvalQueuePath, {
      type: 'approval.resolved',
      threadId,
      requestId,
    });
  }
}

/** What was decided, read from the form of the protocol. Anything else is a refusal. */
function answerOf(answer: ServerRequestAnswer): AnswerOfUser {
  const result = 'result' in answer && isRecord(answer.result) ? answer.result : {};
  const { action, content } = result;
  if (action === 'accept') return { action, content: isRecord(content) ? content : null };
  return { action: action === 'cancel' ? 'cancel' : 'decline' };
}
