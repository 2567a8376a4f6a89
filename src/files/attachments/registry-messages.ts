import type { Request } from '../../supervisor/behaviour.ts';
import type { Attachment } from './attachment.ts';

/** A finished copy is to become part of the store. */
export interface CommitRequest extends Request<Attachment> {
  readonly type: 'files.commit';
  readonly incomingPath: string;
  readonly content: { readonly id: string; readonly size: number; readonly contentType: string };
  readonly name: string;
  /** `Infinity` for never. */
  readonly ttlMs: number;
  readonly persist: boolean;
  readonly scoped: boolean;
}

/** One claim is given up. Answered with whether the file is gone. */
export interface ReleaseRequest extends Request<boolean> {
  readonly type: 'files.release';
  readonly id: string;
  readonly scoped: boolean;
}

/** What a sweep or a reset did. */
export interface CleanupResult {
  /** Files removed, and their bytes. */
  readonly count: number;
  readonly bytes: number;
  /** Files that the system would not remove; the next sweep tries again. */
  readonly failed: number;
}

/** What one message of cleaning up did. */
export interface CleanupStep extends CleanupResult {
  /** Whether there is more of it. */
  readonly more: boolean;
}

/** Everything whose time is over goes, unless it is in use. */
export interface SweepRequest extends Request<CleanupStep> {
  readonly type: 'files.sweep';
}

/** Everything goes, at the latest when it is no longer used. */
export interface ResetRequest extends Request<CleanupStep> {
  readonly type: 'files.reset';
}

/** Makes the folder ready, if it is not. */
export interface OpenRequest extends Request<void> {
  readonly type: 'files.open';
}

/** A use has ended: if the time of the file was over, it goes now. */
export interface CollectMessage {
  readonly type: 'files.collect';
  readonly id: string;
}

/** What the file registry takes. */
export type RegistryMessage =
  | CommitRequest
  | ReleaseRequest
  | SweepRequest
  | ResetRequest
  | OpenRequest
  | CollectMessage;
