import { type OptionSpec, runOptions } from './options.ts';

/** What `codex-actors --help` prints. */
export const generalHelp = `codex-actors: Codex threads under supervision

Usage:
  codex-actors run [options] "prompt"    run one turn; - reads the prompt from standard input
  codex-actors run --help                all options of run
  codex-actors tools validate FILE…      check tool manifests; exits 1 with file, place and reason
  codex-actors --version
  codex-actors --help
`;

/** What `codex-actors run --help` prints. */
export function runHelp(): string {
  return [
    'Usage: codex-actors run [options] "prompt"',
    '',
    'Runs one turn of a Codex thread. The answer goes to standard output, everything else to standard error.',
    'The prompt - is read from standard input.',
    '',
    'Options:',
    ...runOptions.flatMap(optionLines),
    '',
    'Login: the one of codex login, or OPENAI_API_KEY (CODEX_API_KEY comes first).',
    'Ctrl-C interrupts the turn; a second one stops everything at once, in order.',
    '',
    'Exit codes: 0 completed, 1 turn failed, 2 usage, 3 Codex missing or unusable,',
    '129, 130 or 143 interrupted by SIGHUP, Ctrl-C or SIGTERM.',
    '',
  ].join('\n');
}

function optionLines(option: OptionSpec): string[] {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  const value = option.value === undefined ? '' : ` ${option.value}`;
  const accepted = option.accepted === undefined ? [] : [`One of ${option.accepted.join(', ')}.`];
  return [
    `  ${short}--${option.name}${value}`,
    ...[option.help, ...accepted].map((line) => `        ${line}`),
  ];
}
