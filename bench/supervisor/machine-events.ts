/** What an event of a supervised machine costs beside one of the same machine bare. */
import { execFileSync } from 'node:child_process';
import { type Figure, median, medianWithError, pairedRatio, type Ratio, report } from '../measure.ts';
import type { MachineRounds } from './machine-process.ts';

/** Processes of each setting: what the compiler makes of the same code differs by a percent or two between them. */
const processes = 10;
const script = new URL('./machine-process.ts', import.meta.url).pathname;
const figures: Figure[] = [];
const ratios: Ratio[] = [];

/** How V8 is started: as Node does by default, and with more room for what lives briefly, as a busy service may. */
const settings = [
  { label: '', flags: [] },
  {
    label: ', young generation of 64 MiB',
    flags: ['--min-semi-space-size=64', '--max-semi-space-size=64'],
  },
] as const;

function measuredIn(flags: readonly string[]): MachineRounds {
  return JSON.parse(
    execFileSync(process.execPath, ['--no-warnings', ...flags, script], { encoding: 'utf8' }),
  );
}

/** Middle nanoseconds of an event in each process. */
function nanoseconds(measured: readonly MachineRounds[], who: 'own' | 'bare'): number[] {
  return measured.map((rounds) => (median(rounds[who]) * 1e6) / rounds.eventsPerRound);
}

function addFigures(label: string, measured: readonly MachineRounds[]): void {
  const name = `event of a 3-state machine${label}`;
  const own = nanoseconds(measured, 'own');
  const bare = nanoseconds(measured, 'bare');
  figures.push({ name, subject: 'codex-actors', value: median(own), unit: 'ns' });
  figures.push({ name, subject: 'xstate', value: median(bare), unit: 'ns' });
  const ofProcesses = measured.map((rounds) => pairedRatio(rounds.own, rounds.bare).value);
  ratios.push({
    name: `supervised machine over bare machine${label}`,
    ...medianWithError(ofProcesses),
    limit: 1.05,
    want: 'at most',
  });
}

const measured = settings.map(() => [] as MachineRounds[]);
for (let round = 0; round < processes; round += 1) {
  for (const [index, { flags }] of settings.entries()) measured[index]?.push(measuredIn(flags));
}
for (const [index, { label }] of settings.entries()) addFigures(label, measured[index] ?? []);
report({ suite: 'machine-events', figures, ratios });
