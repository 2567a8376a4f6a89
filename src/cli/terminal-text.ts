/** How human output is dressed. */
export interface TerminalStyle {
  /** Whether colours and weights may be used. */
  readonly color: boolean;
}

/** The parts of human output that may be dressed differently. */
export type Tone = 'plain' | 'dim' | 'good' | 'bad' | 'warning';

const sequences: Readonly<Record<Exclude<Tone, 'plain'>, readonly [number, number]>> = {
  dim: [2, 22],
  good: [32, 39],
  bad: [31, 39],
  warning: [33, 39],
};

/** `text` in the given tone; unchanged where colour is off. */
export function toned(text: string, tone: Tone, style: TerminalStyle): string {
  if (!style.color || tone === 'plain' || text === '') return text;
  const [on, off] = sequences[tone];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

/** Whether to use colour: only on a terminal, and not when `NO_COLOR` is set to anything but the empty text (no-color.org). */
export function wantsColor(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTerminal && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

/**
 * Text of the model or of a command without what could steer a terminal: every control character but line feed and tab.
 *
 * Works piece by piece: no sequence can be put together from several deltas, since its first character never gets through.
 */
export function withoutControls(text: string): string {
  return text.replaceAll(controls, '');
}

/** The control characters (C0, DEL, C1) but tab and line feed, and the marks that reorder text from right to left. */
const controls = /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/gu;

/** One line from text of several: line feeds and runs of blanks become one blank; cut at `lengthMax` characters. */
export function oneLine(text: string, lengthMax: number): string {
  const line = withoutControls(text.replaceAll(/\s+/gu, ' ')).trim();
  const points = Array.from(line.slice(0, lengthMax * 2));
  return points.length > lengthMax || line.length > lengthMax * 2
    ? `${points.slice(0, lengthMax).join('')}…`
    : line;
}
