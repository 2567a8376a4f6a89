import { readFileSync } from 'node:fs';

/**
 * What is pinned in a text file beside this one: one entry a line, blank lines and `#` comments aside.
 *
 * A pin says what users rely on. To change it on purpose, edit the line or run `npm run pins:record`, and say so in CHANGELOG.md.
 */
export function pinnedLines(name: string): readonly string[] {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
