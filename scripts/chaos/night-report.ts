import { isFlat, type MemorySample } from './memory-samples.ts';
import type { NightResult } from './night.ts';
import type { NightOptions } from './night-options.ts';

/** One rule that a night must hold. */
export interface Check {
  readonly rule: string;
  /** What is wrong, in words; nothing when it holds. */
  readonly violations: readonly string[];
}

/** Violations of one rule that are written out. */
const shownMax = 10;

/** What must hold of a night besides what its threads saw. */
export function nightChecks(
  night: NightResult,
  left: readonly string[],
  filesLeft: readonly string[],
  warnings: readonly string[],
): readonly Check[] {
  const { approver, approvalsPending, ledger, memory, processesLeft } = night;
  return [
    { rule: 'every thread comes to an end', violations: night.hanging },
    { rule: 'no turn is submitted twice', violations: ledger.violations },
    { rule: 'every approval is settled once', violations: approver.violations },
    { rule: 'no approval is left', violations: amount(approvalsPending + approver.open, 'approvals') },
    { rule: 'no process is left', violations: amount(processesLeft, 'processes') },
    { rule: 'no handle, timer, listener or open file is left', violations: left },
    { rule: 'no file is left', violations: filesLeft },
    { rule: 'memory is flat', violations: isFlat(memory) ? [] : [memoryLine(memory)] },
    { rule: 'Node has nothing to warn of', violations: warnings },
  ];
}

function amount(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${what}`];
}

/** What the night was like, a line each. */
export function nightFigures(options: NightOptions, night: NightResult): readonly string[] {
  const { approver, killer, ledger, memory, model, runs } = night;
  return [
    `${options.weather}, seed ${options.seed}, ${options.threads} threads, ${options.durationMs / 60_000} minutes`,
    `runs: ${runs.runs} (${runs.endings}), the longest ${seconds(runs.longestMs)}`,
    `turns: ${runs.turns} to their end, ${ledger.submissions} seen by the model, ${ledger.retellings} told again; ${runs.commands} commands`,
    `the model gave: ${model.given}`,
    `attempts failed with: ${runs.failures}`,
    `processes killed: ${killer.kills}, with ${killer.bursts} bursts that end the tree`,
    `approvals: ${approver.settled}`,
    memoryLine(memory),
  ];
}

/** One line for each check, with what is wrong below it. */
export function checkLines({ rule, violations }: Check): readonly string[] {
  if (violations.length === 0) return [`✔ ${rule}`];
  const shown = violations.slice(0, shownMax).map((violation) => `    ${violation}`);
  const more = violations.length > shownMax ? [`    and ${violations.length - shownMax} more`] : [];
  return [`✘ ${rule}`, ...shown, ...more];
}

function memoryLine(samples: readonly MemorySample[]): string {
  const at = (share: number): string => {
    const { heapBytes = 0, bufferBytes = 0 } = samples[Math.floor(share * (samples.length - 1))] ?? {};
    return `${mebibytes(heapBytes)} + ${mebibytes(bufferBytes)}`;
  };
  const resident = Math.max(0, ...samples.map(({ residentBytes }) => residentBytes));
  const shares = [0, 0.2, 0.4, 0.6, 0.8, 1].map(at).join(', ');
  return `memory alive, heap + buffers, in MiB: ${shares}; at most ${mebibytes(resident)} resident`;
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
