import type { Figure, Ratio, SuiteResult } from './measure.ts';

/** Whether a ratio keeps its limit. */
export function holds(ratio: Ratio): boolean {
  return ratio.want === 'at least' ? ratio.value >= ratio.limit : ratio.value <= ratio.limit;
}

/** A ratio's value with three decimals, and with its standard error where that is known. */
export function measured({ value, error }: Ratio): string {
  return error === undefined ? value.toFixed(3) : `${value.toFixed(3)} ± ${error.toFixed(3)}`;
}

function digits(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function figureRow(figure: Figure): string {
  return `| ${figure.name} | ${figure.subject} | ${digits(figure.value)} ${figure.unit} |`;
}

function ratioRow(ratio: Ratio): string {
  return `| ${ratio.name} | **${measured(ratio)}** | ${ratio.want} ${ratio.limit} | ${holds(ratio) ? 'holds' : 'falls short'} |`;
}

/** One suite as Markdown: its command, its ratios against their limits, its figures. */
export function suiteSection(result: SuiteResult): string {
  return [
    `### ${result.suite}`,
    '',
    `\`npm run bench -- --only ${result.suite}\``,
    '',
    '| ratio | measured | limit | |',
    '| --- | ---: | --- | --- |',
    ...result.ratios.map(ratioRow),
    '',
    '| figure | who | value |',
    '| --- | --- | ---: |',
    ...result.figures.map(figureRow),
    '',
  ].join('\n');
}

const begin = '<!-- figures: begin -->';
const end = '<!-- figures: end -->';

/** Puts the suites' sections between the page's markers; throws when the page has none. */
export function withFigures(page: string, results: readonly SuiteResult[]): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/performance.md needs the markers ${begin} and ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${results.map(suiteSection).join('\n')}\n${page.slice(to)}`;
}
