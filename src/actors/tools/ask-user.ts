import type { ElicitationRequest } from '../../protocol/approvals/approval-request.ts';

/** A question in the middle of a tool call, without what its thread and its turn say already. */
export type QuestionToUser = Pick<
  ElicitationRequest,
  'serverName' | 'message' | 'mode' | 'requestedSchema' | 'url'
>;

/** What was decided. */
export type AnswerOfUser =
  | { readonly action: 'accept'; readonly content: Readonly<Record<string, unknown>> | null }
  | { readonly action: 'decline' }
  | { readonly action: 'cancel' };

/**
 * Puts a question to whoever decides the approvals of a thread. Never rejects: what nobody may decide, or nobody decides in time, is
 * declined; once nobody waits for the call any more the answer is `cancel`.
 */
export type AskUser = (question: QuestionToUser) => Promise<AnswerOfUser>;

/** The same for the one who runs a call, and says by `signal` when nobody waits for it any more. */
export type AskUserWhile = (question: QuestionToUser, signal: AbortSignal) => Promise<AnswerOfUser>;
