/** The state charts: pure, with every effect given from outside. For those who draw, test or simulate them. */

export {
  type ApprovalContext,
  type ApprovalDecider,
  type ApprovalEffects,
  type ApprovalEvent,
  type ApprovalInput,
  type ApprovalOutcome,
  type ApprovalStatus,
  approvalMachine,
  type WithdrawalReason,
} from './approval-machine.ts';
export {
  type AttemptNumber,
  type AutoRunContext,
  type AutoRunEffects,
  type AutoRunEvent,
  type AutoRunInput,
  type AutoRunLimit,
  type AutoRunLimits,
  type AutoRunOutcome,
  autoRunMachine,
} from './auto-run-machine.ts';
export {
  defaultPortTimings,
  execPortMachine,
  type PortTimings,
} from './exec-port-machine.ts';
export {
  defaultMcpServerTimings,
  type McpServerMachineContext,
  type McpServerMachineEvent,
  type McpServerMachineInput,
  type McpServerTimings,
  mcpServerMachine,
} from './mcp-server-machine.ts';
export {
  type DropReason,
  type RunningThreadChart,
  type SteerRequest,
  type SteerResult,
  type ThreadContext,
  type ThreadEffects,
  type ThreadEvent,
  type ThreadInput,
  type ThreadLimits,
  type ThreadOutput,
  type ThreadState,
  type ThreadStatus,
  type ThreadTag,
  threadMachine,
} from './thread-machine.ts';
export {
  type CodexTurnStatus,
  type ReconciliationVerdict,
  type TurnContext,
  type TurnEffects,
  type TurnEvent,
  type TurnInput,
  type TurnOutcome,
  turnMachine,
} from './turn-machine.ts';
