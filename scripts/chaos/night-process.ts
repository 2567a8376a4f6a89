import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { holdings, leftSince } from './leftovers.ts';
import { runNight } from './night.ts';
import { nightOptions } from './night-options.ts';
import { checkLines, nightChecks, nightFigures } from './night-report.ts';

// The process of one night: its folder for temporary files is its own, so that what it leaves there is seen.
const options = nightOptions(process.argv.slice(2));
const warnings: string[] = [];
process.on('warning', ({ name, message }) => {
  if (name !== 'ExperimentalWarning') warnings.push(`${name}: ${message}`);
});
// What nobody caught is wrong, and is told at the end with all else.
process.on('unhandledRejection', (reason) => warnings.push(`unhandled rejection: ${String(reason)}`));

// What the runtime keeps once for its whole process is there before the night is.
await runNight({ ...options, threads: 1, durationMs: 1_000 });
const before = await holdings();
const night = await runNight(options);
const left = await leftSince(before);
const filesLeft = await readdir(tmpdir());

const checks = [
  ...night.lanes.map((lane) => ({ rule: `thread ${lane.number}`, violations: lane.violations })),
  ...nightChecks(night, left, filesLeft, warnings),
];
const failed = checks.filter(({ violations }) => violations.length > 0);
for (const line of nightFigures(options, night)) console.log(line);
for (const check of checks)
  if (!check.rule.startsWith('thread ') || check.violations.length > 0)
    for (const line of checkLines(check)) console.log(line);
console.log(`${checks.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
// Whoever hangs must not keep the verdict from being heard.
if (night.hanging.length > 0) process.exit();
