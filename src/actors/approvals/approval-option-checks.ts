import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import type { ApprovalOptions } from './approval-desk.ts';
import { approvalTimeoutMsMax } from './approval-limits.ts';
import type { ApprovalPolicy } from './policies/approval-policy.ts';
import { checkPolicy } from './policies/combined-policies.ts';

/** What a `Codex` may be told about approvals. */
export interface CodexApprovalOptions {
  /**
   * Decides what Codex asks in the middle of turns: commands, file changes, permissions, questions. A thread's own comes before it.
   * Defaults to none: everything is declined, and a warning of the process says so once.
   */
  readonly approvals?: ApprovalPolicy;
  /** Milliseconds until what nobody decides is declined. Defaults to 300,000; Codex itself would wait for ever. */
  readonly approvalTimeoutMs?: number;
  /** File that every request and decision is appended to, as JSON lines that only its owner can read. Defaults to none. */
  readonly approvalAuditFile?: string;
}

/**
 * The options by which approvals are decided.
 *
 * @throws InvalidOptionError naming the field and what may stand there.
 */
export function approvalOptionsOf(options: CodexApprovalOptions): ApprovalOptions {
  const { approvals, approvalTimeoutMs, approvalAuditFile } = options;
  if (approvals !== undefined) checkPolicy('approvals', approvals);
  const isTime =
    approvalTimeoutMs === undefined ||
    (typeof approvalTimeoutMs === 'number' &&
      approvalTimeoutMs > 0 &&
      approvalTimeoutMs <= approvalTimeoutMsMax);
  if (!isTime)
    throw new InvalidOptionError(
      'approvalTimeoutMs',
      approvalTimeoutMs,
      `milliseconds from 1 to ${approvalTimeoutMsMax}`,
    );
  if (approvalAuditFile !== undefined && (typeof approvalAuditFile !== 'string' || approvalAuditFile === ''))
    throw new InvalidOptionError('approvalAuditFile', approvalAuditFile, 'the path of a file');
  return { policy: approvals, timeoutMs: approvalTimeoutMs, auditFile: approvalAuditFile };
}

/** Refuses approval options where nobody can ask. @throws InvalidOptionError naming the first that is set. */
export function checkNoApprovalOptions(options: CodexApprovalOptions): void {
  for (const field of ['approvals', 'approvalTimeoutMs', 'approvalAuditFile'] as const) {
    if (options[field] !== undefined)
      throw new InvalidOptionError(field, options[field], "absent with transport 'exec', which cannot ask");
  }
}
