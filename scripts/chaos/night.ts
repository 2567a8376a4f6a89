import { setTimeout as delay } from 'node:timers/promises';
import { ask } from '../../src/actors/approvals/index.ts';
import { Codex } from '../../src/index.ts';
import {
  type CodexHome,
  createCodexHome,
  homeMarkVariable,
  processesLeft,
  ScriptedModel,
} from '../../src/testing/index.ts';
import { killPlan } from './kill-plan.ts';
import { Lane } from './lane.ts';
import { type MemorySample, memorySample } from './memory-samples.ts';
import { graceMs, type NightOptions } from './night-options.ts';
import { PlannedModel } from './planned-model.ts';
import { PortKiller } from './port-killer.ts';
import { RunFigures } from './run-figures.ts';
import { SlowApprover } from './slow-approver.ts';
import { SubmissionLedger } from './submission-ledger.ts';

/** What the home of a night and its model are held to: memory that the harness itself would take is no news. */
const modelRequestsKept = 10;
const approvalTimeoutMs = 2_000;
const samplesPerNight = 18;

/** What a night came to. */
export interface NightResult {
  readonly lanes: readonly Lane[];
  /** Where those stand that did not end; none when all did. */
  readonly hanging: readonly string[];
  readonly ledger: SubmissionLedger;
  readonly approver: SlowApprover;
  readonly killer: PortKiller;
  readonly model: PlannedModel;
  readonly runs: RunFigures;
  readonly memory: readonly MemorySample[];
  /** Approvals in the queue after the last run. */
  readonly approvalsPending: number;
  /** Processes of the night that live after it. */
  readonly processesLeft: number;
}

/** Runs one night from its start to its last trace, whatever happens in it. */
export async function runNight(options: NightOptions): Promise<NightResult> {
  const scripted = await ScriptedModel.start({ requestsMax: modelRequestsKept });
  const home = await createCodexHome({ model: scripted });
  const codex = new Codex({
    codexPathOverride: home.executable,
    env: home.env,
    profile: 'lean',
    approvals: ask(),
    approvalTimeoutMs,
  });
  try {
    const result = await duringNight(options, { codex, home, scripted });
    await codex.close();
    const left = await processesLeft(homeMarkVariable, home.mark, { withinMs: 5_000 });
    return { ...result, processesLeft: left.length };
  } finally {
    await codex.close();
    await scripted.close();
    await home.dispose();
  }
}

interface Stage {
  readonly codex: Codex;
  readonly home: CodexHome;
  readonly scripted: ScriptedModel;
}

async function duringNight(options: NightOptions, { codex, home, scripted }: Stage) {
  const ledger = new SubmissionLedger();
  const model = new PlannedModel(scripted, ledger);
  await using approver = new SlowApprover(codex, (shown) => model.decisionOf(shown));
  await using killer = new PortKiller(codex.telemetry);
  const runs = new RunFigures();
  const over = new AbortController();
  const lanes = Array.from({ length: options.threads }, (_, number) => {
    const { workingDirectory } = home;
    const onRun = runs.add;
    return new Lane(number, {
      codex,
      model,
      seed: options.seed,
      weather: options.weather,
      workingDirectory,
      isOver: () => over.signal.aborted,
      onRun,
    });
  });
  killer.start(killPlan(options.seed, options.weather));
  const working = Promise.all(lanes.map((lane) => lane.work()));
  const memory = await samplesDuring(options.durationMs);
  over.abort();
  await killer.stop();
  const hanging = await hangingAfter(working, lanes, graceMs(options));
  memory.push(memorySample());
  const { length: approvalsPending } = await codex.approvals.list();
  return { lanes, hanging, ledger, approver, killer, model, runs, memory, approvalsPending };
}

async function samplesDuring(durationMs: number): Promise<MemorySample[]> {
  const samples: MemorySample[] = [];
  for (let taken = 0; taken < samplesPerNight; taken += 1) {
    await delay(durationMs / samplesPerNight);
    samples.push(memorySample());
  }
  return samples;
}

/** Waits for all to end; resolves with where those stand that did not in time. */
async function hangingAfter(
  working: Promise<unknown>,
  lanes: readonly Lane[],
  timeoutMs: number,
): Promise<readonly string[]> {
  const patience = new AbortController();
  const timeout = delay(timeoutMs, 'late' as const, { signal: patience.signal }).catch(() => 'late' as const);
  const first = await Promise.race([working, timeout]);
  patience.abort();
  return first === 'late' ? lanes.filter((lane) => !lane.ended).map((lane) => lane.describe()) : [];
}
