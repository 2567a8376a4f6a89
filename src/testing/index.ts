/** What tests of Codex agents need: a model that is told what to say, a private Codex home, a clock of their own, a look at the process table. */

export { type InstalledCodex, installedCodex } from './codex-executable.ts';
export { type CodexHome, type CodexHomeOptions, createCodexHome, homeMarkVariable } from './codex-home.ts';
export { Gate } from './gate.ts';
export { ModelRequest, type RequestBody } from './model-request.ts';
export {
  descendantsOf,
  type ProcessRow,
  processesLeft,
  processesWithEnvironment,
  processTable,
} from './process-table.ts';
export { PromptScriptError, promptScript } from './prompt-script.ts';
export type { ToolOutput } from './response-request-body.ts';
export {
  type Attempts,
  begin,
  command,
  customToolCall,
  drop,
  endEarly,
  failed,
  functionCall,
  hold,
  httpError,
  incomplete,
  type ModelAction,
  type ModelResponse,
  type ModelUsage,
  outputItem,
  patch,
  reasoning,
  sse,
  stream,
  type TextOptions,
  type ToolCallOptions,
  text,
  usage,
  webSearch,
} from './script.ts';
export { type ModelScript, ScriptedModel, type ScriptedModelOptions } from './scripted-model.ts';
export { SimulatedClock } from './simulated-clock.ts';
