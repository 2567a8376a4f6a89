import { canCall, checkAddress, messagingAccepted } from './address-check.ts';
import type { Address, CallOptions, Messaging, Pid, Request } from './behaviour.ts';
import type { ChildSpec, SupervisorFlags } from './checked-spec.ts';
import { InvalidOptionError } from './invalid-option.ts';
import type {
  ChildCounts,
  ChildStart,
  ChildSummary,
  DeleteChildResult,
  GetChildSpecResult,
  RestartChildResult,
  TerminateChildResult,
} from './supervision.ts';
import type {
  CountChildrenRequest,
  DeleteChildRequest,
  GetChildSpecRequest,
  RestartChildRequest,
  StartChildRequest,
  TerminateChildRequest,
  UpdateSpecsRequest,
  WhichChildrenRequest,
} from './supervisor-messages.ts';

/** Supervisors answer when they have done it, however long a child takes, as in OTP. */
const patient: CallOptions = { timeoutMs: Number.POSITIVE_INFINITY };

type ReplyTo<Asked extends Request<unknown>> = NonNullable<Asked['~reply']>;

function ask<Asked extends Request<unknown>>(
  messaging: Messaging,
  supervisor: Address,
  request: Asked,
  options: CallOptions = patient,
): Promise<ReplyTo<Asked>> {
  try {
    if (!canCall(messaging)) throw new InvalidOptionError('messaging', messaging, messagingAccepted);
    checkAddress(supervisor, 'supervisor');
  } catch (error) {
    return Promise.reject(error);
  }
  return messaging.call<ReplyTo<Asked>>(supervisor, request, options);
}

/**
 * Starts a child under a running supervisor. With named children it comes last in the start order.
 *
 * - `{ ok: true, pid }`: it runs. `pid` is undefined when its `init` declined with `'ignore'`.
 * - `already_started` with its pid, `already_present`: the id is taken by a running child, or by one at rest.
 * - `start_error` with the reason: its start failed; nothing is kept.
 * - `max_children`: a dynamic supervisor is full.
 *
 * Rejects with `InvalidOptionError` when the spec does not fit this supervisor, and with `CallError` when there is no supervisor.
 */
export function startChild<M>(
  messaging: Messaging,
  supervisor: Address,
  spec: ChildSpec<M>,
  options?: CallOptions,
): Promise<ChildStart<Pid<M>>> {
  return ask<StartChildRequest<M>>(
    messaging,
    supervisor,
    { type: 'supervisor.startChild', child: { spec } },
    options,
  );
}

/** Starts a child under a template supervisor, with `input` for its `init`. Results as those of `startChild`. */
export function startTemplateChild(
  messaging: Messaging,
  supervisor: Address,
  input: unknown,
  options?: CallOptions,
): Promise<ChildStart<Pid>> {
  return ask<StartChildRequest>(
    messaging,
    supervisor,
    { type: 'supervisor.startChild', child: { input } },
    options,
  );
}

/**
 * Stops a child: one with a name by its id, a dynamic one by its pid. Its spec stays, unless it is temporary or dynamic. Counts neither
 * for the restart limit nor for `autoShutdown`.
 *
 * `not_found`: no such child. `simple_one_for_one`: a dynamic supervisor knows no ids.
 */
export function terminateChild(
  messaging: Messaging,
  supervisor: Address,
  target: string | Pid,
  options?: CallOptions,
): Promise<TerminateChildResult> {
  return ask<TerminateChildRequest>(
    messaging,
    supervisor,
    { type: 'supervisor.terminateChild', target },
    options,
  );
}

/**
 * Starts a child that is at rest. A failure is answered with `start_error` and not tried again.
 *
 * `running`, `restarting`, `not_found`: it is not at rest. `simple_one_for_one`: a dynamic supervisor knows no ids.
 */
export function restartChild(
  messaging: Messaging,
  supervisor: Address,
  id: string,
  options?: CallOptions,
): Promise<RestartChildResult<Pid>> {
  return ask<RestartChildRequest>(messaging, supervisor, { type: 'supervisor.restartChild', id }, options);
}

/** Forgets a child that is at rest. Failures as those of `restartChild`. */
export function deleteChild(
  messaging: Messaging,
  supervisor: Address,
  id: string,
  options?: CallOptions,
): Promise<DeleteChildResult> {
  return ask<DeleteChildRequest>(messaging, supervisor, { type: 'supervisor.deleteChild', id }, options);
}

/**
 * Every child with its process, `restarting`, or undefined when it is at rest. Named children come in **reverse** start order, as in
 * OTP; dynamic ones without an id in the order of their latest start, and last those that wait for a restart.
 */
export function whichChildren(
  messaging: Messaging,
  supervisor: Address,
  options?: CallOptions,
): Promise<readonly ChildSummary<Pid>[]> {
  return ask<WhichChildrenRequest>(messaging, supervisor, { type: 'supervisor.whichChildren' }, options);
}

/** How many children there are, see `ChildCounts`. */
export function countChildren(
  messaging: Messaging,
  supervisor: Address,
  options?: CallOptions,
): Promise<ChildCounts> {
  return ask<CountChildrenRequest>(messaging, supervisor, { type: 'supervisor.countChildren' }, options);
}

/** The spec of a child, by id or, under a dynamic supervisor, by pid; or `not_found`. */
export function getChildSpec(
  messaging: Messaging,
  supervisor: Address,
  target: string | Pid,
  options?: CallOptions,
): Promise<GetChildSpecResult> {
  return ask<GetChildSpecRequest>(
    messaging,
    supervisor,
    { type: 'supervisor.getChildSpec', target },
    options,
  );
}

/**
 * Replaces flags and specs while children run, as OTP's `code_change` does: children keep their process, those that the new list
 * leaves out are kept, new ones are not started. Rejects with `InvalidOptionError` for flags of another kind of supervisor.
 *
 * @example await updateSpecs(system, 'workers', supervisor({ strategy: 'one_for_all', children }));
 */
export function updateSpecs(
  messaging: Messaging,
  supervisor: Address,
  flags: SupervisorFlags,
  options?: CallOptions,
): Promise<{ readonly ok: true }> {
  return ask<UpdateSpecsRequest>(messaging, supervisor, { type: 'supervisor.updateSpecs', flags }, options);
}
