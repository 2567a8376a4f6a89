/**
 * Runs the benchmark suites one after the other, each in a process of its own, writes bench/results.json and the table in
 * docs/performance.md. `npm run bench [-- --only SUITE]`. Ratios are compared with their limits and printed; the exit code is 0
 * as long as every suite ran.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { parseArgs } from 'node:util';
import type { SuiteResult } from './measure.ts';
import { holds, measured, withFigures } from './results-table.ts';
import { withSuiteFolder } from './suite-folder.ts';

const suites: Readonly<Record<string, string>> = {
  'turn-latency': 'turns/turn-latency.ts',
  'turn-concurrency': 'turns/turn-concurrency.ts',
  'turn-deltas': 'turns/turn-deltas.ts',
  'first-event': 'turns/first-event.ts',
  'idle-threads': 'turns/idle-threads.ts',
  'actor-messages': 'supervisor/actor-messages.ts',
  'machine-events': 'supervisor/machine-events.ts',
  'actor-lifecycle': 'supervisor/actor-lifecycle.ts',
  'tool-calls': 'tools/tool-calls.ts',
  'file-streams': 'files/streams.ts',
  'file-staging': 'files/staging.ts',
};
const resultsFile = new URL('./results.json', import.meta.url);
const page = new URL('../docs/performance.md', import.meta.url);

let running: ChildProcess | undefined;
// Whoever ends the runner early ends the suite, and what that leaves behind is still removed.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => running?.kill(signal));

function runSuite(file: string, temporaryFolder: string): Promise<SuiteResult> {
  const script = new URL(`./${file}`, import.meta.url).pathname;
  const child = spawn(process.execPath, ['--expose-gc', '--no-warnings', script], {
    env: { ...process.env, TMPDIR: temporaryFolder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running = child;
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const last = out.trim().split('\n').at(-1);
      if (code !== 0 || last === undefined || last === '')
        reject(new Error(`${file} ended with ${signal ?? `code ${code}`}`));
      else resolve(JSON.parse(last));
    });
  });
}

function merged(previous: readonly SuiteResult[], fresh: readonly SuiteResult[]): SuiteResult[] {
  const bySuite = new Map([...previous, ...fresh].map((result) => [result.suite, result]));
  return Object.keys(suites).flatMap((name) => bySuite.get(name) ?? []);
}

function previousResults(): readonly SuiteResult[] {
  try {
    return JSON.parse(readFileSync(resultsFile, 'utf8')).results;
  } catch {
    return [];
  }
}

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const names = values.only ?? Object.keys(suites);
const fresh: SuiteResult[] = [];
for (const name of names) {
  const file = suites[name];
  if (file === undefined) throw new Error(`no suite ${name}; there are ${Object.keys(suites).join(', ')}`);
  const result = await withSuiteFolder((folder) => runSuite(file, folder));
  fresh.push(result);
  for (const ratio of result.ratios) {
    const verdict = holds(ratio) ? 'holds' : 'FALLS SHORT';
    console.log(`${name}: ${ratio.name} ${measured(ratio)} (${ratio.want} ${ratio.limit}) ${verdict}`);
  }
  for (const figure of result.figures) {
    console.log(
      `${name}:   ${figure.name} [${figure.subject}] ${figure.value.toPrecision(4)} ${figure.unit}`,
    );
  }
}
const machine = { node: process.version, platform: `${platform()} ${arch()}`, cpus: cpus().length };
const results = merged(previousResults(), fresh);
writeFileSync(resultsFile, `${JSON.stringify({ machine, results }, null, 2)}\n`);
writeFileSync(page, withFigures(readFileSync(page, 'utf8'), results));
