/** A fenced block of a markdown page. */
export interface CodeBlock {
  readonly language: string;
  /** Whether its fence says `run`: such a block must work as it stands. */
  readonly runnable: boolean;
  readonly code: string;
  /** The line of its fence, from 1. */
  readonly line: number;
}

/** The fenced blocks of a page, in order. A block is runnable when its fence says so: ` ```ts run `, which no reader sees. */
export function codeBlocks(markdown: string): readonly CodeBlock[] {
  return [...markdown.matchAll(/^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm)].map((found) => ({
    language: found[1] ?? '',
    runnable: /(^|\s)run(\s|$)/.test(found[2] ?? ''),
    code: found[3] ?? '',
    line: markdown.slice(0, found.index).split('\n').length,
  }));
}
