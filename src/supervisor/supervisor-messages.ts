import type { Pid, Request } from './behaviour.ts';
import type { SupervisorFlags } from './checked-spec.ts';
import type {
  ChildCounts,
  ChildStart,
  ChildSummary,
  ChildToStart,
  DeleteChildResult,
  GetChildSpecResult,
  RestartChildResult,
  TerminateChildResult,
} from './supervision.ts';

/** Starts a child under a supervisor; a template supervisor takes the child's input instead of a spec. */
export interface StartChildRequest<M = never> extends Request<ChildStart<Pid<M>>> {
  readonly type: 'supervisor.startChild';
  readonly child: ChildToStart;
}

export interface TerminateChildRequest extends Request<TerminateChildResult> {
  readonly type: 'supervisor.terminateChild';
  readonly target: string | Pid;
}

export interface RestartChildRequest extends Request<RestartChildResult<Pid>> {
  readonly type: 'supervisor.restartChild';
  readonly id: string;
}

export interface DeleteChildRequest extends Request<DeleteChildResult> {
  readonly type: 'supervisor.deleteChild';
  readonly id: string;
}

export interface WhichChildrenRequest extends Request<readonly ChildSummary<Pid>[]> {
  readonly type: 'supervisor.whichChildren';
}

export interface CountChildrenRequest extends Request<ChildCounts> {
  readonly type: 'supervisor.countChildren';
}

export interface GetChildSpecRequest extends Request<GetChildSpecResult> {
  readonly type: 'supervisor.getChildSpec';
  readonly target: string | Pid;
}

/** Replaces flags and specs while children run (`code_change`). */
export interface UpdateSpecsRequest extends Request<{ readonly ok: true }> {
  readonly type: 'supervisor.updateSpecs';
  readonly flags: SupervisorFlags;
}

/** What a supervisor can be asked. */
export type SupervisorMessage =
  | StartChildRequest
  | TerminateChildRequest
  | RestartChildRequest
  | DeleteChildRequest
  | WhichChildrenRequest
  | CountChildrenRequest
  | GetChildSpecRequest
  | UpdateSpecsRequest;
