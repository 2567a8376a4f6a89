import { CodexError } from './codex-error.ts';

/** An approval policy threw, rejected, or answered what is no verdict; the request was declined. Code `approval_policy_failed`. */
export class ApprovalPolicyError extends CodexError {
  static override readonly kind: string = 'ApprovalPolicyError';
  /** What was asked for, such as `command`. */
  readonly approvalKind: string;

  constructor(approvalKind: string, problem: string, options?: { readonly cause?: unknown }) {
    super(
      'approval_policy_failed',
      `The approval policy ${problem} on a ${approvalKind} request, which was declined. Mend the policy.`,
      options,
    );
    this.approvalKind = approvalKind;
  }
}

/** The approval is settled already, or was never pending. Code `approval_not_pending`. */
export class ApprovalNotPendingError extends CodexError {
  static override readonly kind: string = 'ApprovalNotPendingError';
  readonly approvalId: string;

  constructor(approvalId: string, options?: { readonly cause?: unknown }) {
    super(
      'approval_not_pending',
      `No approval ${JSON.stringify(approvalId.slice(0, 80))} is pending: it is decided, expired or withdrawn. List what is.`,
      options,
    );
    this.approvalId = approvalId;
  }
}
