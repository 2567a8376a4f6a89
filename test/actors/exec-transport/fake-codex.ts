import path from 'node:path';

/** An executable that plays `codex exec` where the real one cannot be made to misbehave. */
export const fakeCodex = path.join(import.meta.dirname, 'fake-codex.mjs');

/** What it can play; the file itself says how. */
export type Scene =
  | 'dies before reading'
  | 'error then exit 0'
  | 'exit 0 without an end'
  | 'dies by signal'
  | 'stays, descendant holds stdout'
  | 'stays, ignores polite signals'
  | 'stays with a child, ignores polite signals'
  | 'completes, descendant holds stdout'
  | 'ends without a verdict, descendant holds stdout'
  | 'completes, but stays'
  | 'usage null'
  | 'garbage between events'
  | 'long line and long stderr'
  | 'completes, then exits 1'
  | 'refuses its options'
  | 'records how it was started';

/** The environment in which it plays a scene. */
export function fakeEnvironment(
  scene: Scene,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  // The Node that runs the tests, for the first line of the script.
  const nodeDirectory = path.dirname(process.execPath);
  return { PATH: `${nodeDirectory}${path.delimiter}/usr/bin:/bin`, FAKE_CODEX: scene, ...extra };
}
