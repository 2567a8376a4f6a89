/** The actors that run Codex: for applications that put threads and Codex processes into state machines and trees of their own. */

export {
  AppServerThread,
  AppServerTransport,
  type AppServerTransportOptions,
  defaultThreadLimits,
} from './app-server-transport.ts';
export type { AutoRunPlan } from './auto-run/auto-run-plan.ts';
export type { AutoRunResult } from './auto-run/auto-run-result.ts';
export { execPort, execPortChild } from './exec-port/exec-port.ts';
export type { PortConnection } from './exec-port/port-connection.ts';
export { type PortInfo, type PortMessage, portRequest } from './exec-port/port-messages.ts';
export type { ExecPortOptions } from './exec-port/port-options.ts';
export { ExecTransport, type ExecTransportOptions } from './exec-transport/exec-transport.ts';
export { declineServerRequests, type ServerRequestPolicy } from './thread/server-request-policy.ts';
export {
  ThreadActor,
  type ThreadActorContext,
  type ThreadActorInput,
  type ThreadActorLogic,
  type ThreadActorOptions,
  type ThreadActorOutput,
  type ThreadActorSnapshot,
  type ThreadMaker,
} from './thread-actor.ts';
export type { ThreadActorEmitted, ThreadActorEvent } from './thread-actor-events.ts';
export type { AttachableThread } from './thread-attachment.ts';
export type { ItemDelta, TurnRequest, TurnSink } from './turn-request.ts';
export type { LiveTransportThread, OpenThread, TransportThread, TurnTransport } from './turn-transport.ts';
