export { ActorSystem, type ActorSystemOptions, type StopOptions } from './actor-system.ts';
export type { AutoShutdown } from './auto-shutdown.ts';
export type {
  ActorContext,
  ActorInstance,
  ActorObserver,
  ActorView,
  Address,
  Behaviour,
  CallOptions,
  DownMessage,
  ExitMessage,
  Messaging,
  MonitorRef,
  Pid,
  ReplyTo,
  Request,
  Via,
} from './behaviour.ts';
export { CallError } from './call-error.ts';
export type { ChildSpec, Strategy, SupervisorFlags } from './checked-spec.ts';
export {
  type BehaviourChildOptions,
  type ChildOptions,
  childSpec,
  type LogicChildOptions,
  type SupervisorChildOptions,
} from './child-spec.ts';
export type { Clock, TimerHandle } from './clock.ts';
export {
  AlreadyStartedError,
  type CallErrorCode,
  ExitRequest,
  StartTimeoutError,
  SupervisionError,
  type SupervisionErrorCode,
} from './errors.ts';
export { type DownReason, type ExitReason, isOrderlyExit } from './exit-reason.ts';
export type { Inspector } from './inspection.ts';
export { InvalidOptionError } from './invalid-option.ts';
export {
  type PartitionFlags,
  type PartitionKey,
  type PartitionSupervisorOptions,
  partition,
  partitionSupervisor,
} from './partition-supervisor.ts';
export type { ProcessReport } from './process-report.ts';
export {
  type RegisterResult,
  Registry,
  type RegistryEntry,
  type RegistryEvent,
  type RegistryOptions,
  type UpdateValueResult,
} from './registry.ts';
export type { RestartType, Shutdown } from './restart-decision.ts';
export type {
  ChildCounts,
  ChildStart,
  ChildSummary,
  DeleteChildResult,
  GetChildSpecResult,
  RestartChildResult,
  TerminateChildResult,
} from './supervision.ts';
export {
  countChildren,
  deleteChild,
  getChildSpec,
  restartChild,
  startChild,
  startTemplateChild,
  terminateChild,
  updateSpecs,
  whichChildren,
} from './supervisor-client.ts';
export {
  type DynamicSupervisorOptions,
  dynamicSupervisor,
  type SupervisorOptions,
  simpleOneForOne,
  supervisor,
  type TemplateSupervisorOptions,
} from './supervisor-flags.ts';
export type { ReportOfSupervisor, SupervisorObserver } from './supervisor-host.ts';
export type { SupervisorMessage } from './supervisor-messages.ts';
export type { ReportedChild, SupervisorReport } from './supervisor-report.ts';
export { SystemClock } from './system-clock.ts';
export { SystemStartError, SystemStoppedError } from './system-errors.ts';
export type { SystemReport } from './system-node.ts';
export { Task, TaskError, type TaskFunction, type TaskOutcome, TaskStartError } from './task.ts';
export type { TaskStreamOptions } from './task-stream.ts';
export {
  type DetachedTaskOptions,
  type TaskCaller,
  type TaskOptions,
  TaskSupervisor,
  taskSupervisor,
} from './task-supervisor.ts';
