import type { ChildRecord } from './child-record.ts';
import type { DownReason, ExitReason } from './exit-reason.ts';
import type { Shutdown } from './restart-decision.ts';
import type { SupervisorReport } from './supervisor-report.ts';

/** How a start ended: with a process, declined, or failed. */
export type StartOutcome<Process> =
  | { readonly type: 'started'; readonly process: Process }
  | { readonly type: 'ignored' }
  | { readonly type: 'failed'; readonly reason: ExitReason };

/** One process to stop, and how. */
export interface StopOrder<Process> {
  readonly process: Process;
  readonly shutdown: Shutdown;
}

/** What a supervisor's algorithm asks of the world. The shell performs each before it lets the algorithm go on. */
export type Effect<Process extends object> =
  | { readonly type: 'start'; readonly child: ChildRecord<Process> }
  | { readonly type: 'stop'; readonly order: StopOrder<Process> }
  /** Stops all at once; each has its own time. */
  | { readonly type: 'stopTogether'; readonly orders: readonly StopOrder<Process>[] }
  | { readonly type: 'report'; readonly report: SupervisorReport }
  /** Sends the supervisor a message to itself, behind those that wait: try this child's restart again. */
  | { readonly type: 'retry'; readonly child: ChildRecord<Process> };

/** What the algorithm is sent back for each effect. */
export type Answer<Process> =
  | StartOutcome<Process>
  | { readonly type: 'stopped'; readonly reason: DownReason }
  | { readonly type: 'stoppedTogether'; readonly reasons: readonly DownReason[] }
  | { readonly type: 'done' };

/** A part of the algorithm: yields effects, is sent their answers, and returns a decision. */
export type Steps<Process extends object, Decision> = Generator<Effect<Process>, Decision, Answer<Process>>;

/** The answer to the effect `start`. A function, not steps of its own: a generator for each child would cost as much as its start. */
export function startOutcome<Process>(answer: Answer<Process>): StartOutcome<Process> {
  if (answer.type === 'started' || answer.type === 'ignored' || answer.type === 'failed') return answer;
  throw wrongAnswer('start', answer.type);
}

/** Asks for an ordered stop and returns how the process ended. */
export function* stop<Process extends object>(order: StopOrder<Process>): Steps<Process, DownReason> {
  const answer = yield { type: 'stop', order };
  if (answer.type === 'stopped') return answer.reason;
  throw wrongAnswer('stop', answer.type);
}

/** Asks to stop many at once and returns how each ended, in the same order. */
export function* stopTogether<Process extends object>(
  orders: readonly StopOrder<Process>[],
): Steps<Process, readonly DownReason[]> {
  const answer = yield { type: 'stopTogether', orders };
  if (answer.type === 'stoppedTogether') return answer.reasons;
  throw wrongAnswer('stopTogether', answer.type);
}

function wrongAnswer(effect: string, answer: string): TypeError {
  return new TypeError(`The supervisor's shell answered the effect "${effect}" with "${answer}".`);
}
