/** Bounds of all approvals of one `Codex`; a question beyond them is declined at once. */
export interface ApprovalLimits {
  /** Approvals that wait at a time. */
  readonly approvalsMax: number;
  /** Bytes of one request as JSON, the diff of a file change included. */
  readonly approvalBytesMax: number;
  /** Bytes of all requests that wait. */
  readonly approvalsBytesMax: number;
}

export const defaultApprovalLimits: ApprovalLimits = {
  approvalsMax: 1_024,
  approvalBytesMax: 1_048_576,
  approvalsBytesMax: 16_777_216,
};

/** Milliseconds until an approval that nobody decides is declined. */
export const approvalTimeoutMsDefault = 300_000;

/** Milliseconds of any deadline of an approval, at most: what a timer can hold. */
export const approvalTimeoutMsMax = 2_147_483_647;
