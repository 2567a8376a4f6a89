/** One option of `codex-actors run`, as the parser and the help text both read it. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** What stands for the value in the help text. Absent: the option is a switch. */
  readonly value?: string;
  /** Whether it may be given more than once. Default: the last one counts. */
  readonly multiple?: true;
  /** The values that are taken. Absent: any text. */
  readonly accepted?: readonly string[];
  /** What a value that is not one of a list must look like, and that in words. Absent: any text. */
  readonly form?: { readonly pattern: RegExp; readonly words: string };
  readonly help: string;
}

export const sandboxModes = ['read-only', 'workspace-write', 'danger-full-access'] as const;
export const approvalPolicies = ['never', 'on-request', 'on-failure', 'untrusted'] as const;
export const transports = ['app-server', 'exec'] as const;
export const profiles = ['compatible', 'lean'] as const;

/** Every option of `codex-actors run`, in the order of the help text. Short forms are those of `codex exec`. */
export const runOptions: readonly OptionSpec[] = [
  {
    name: 'model',
    short: 'm',
    value: 'MODEL',
    help: "Model to use. Default: the one of Codex's configuration.",
  },
  {
    name: 'sandbox',
    short: 's',
    value: 'MODE',
    accepted: sandboxModes,
    help: "What commands may touch. Default: that of Codex's configuration, read-only if it names none.",
  },
  { name: 'cd', short: 'C', value: 'DIR', help: 'Folder the turn works in. Default: the current one.' },
  {
    name: 'approval',
    value: 'POLICY',
    accepted: approvalPolicies,
    help: 'When Codex asks before it acts. Whatever it asks is declined. Default: never.',
  },
  {
    name: 'resume',
    value: 'ID',
    form: {
      pattern: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu,
      words: 'the id of a thread, such as 0199c3a4-2f10-7c5e-9b1d-6a0e4f2d8c37',
    },
    help: 'Go on with this thread instead of starting a new one.',
  },
  { name: 'image', short: 'i', value: 'FILE', multiple: true, help: 'Attach an image. Repeatable.' },
  { name: 'output-schema', value: 'FILE', help: 'JSON Schema that the final answer must follow.' },
  {
    name: 'config',
    short: 'c',
    value: 'KEY=VALUE',
    multiple: true,
    form: { pattern: /^[^=]+=/u, words: 'of the form KEY=VALUE' },
    help: 'Override one setting of Codex, as codex -c does. Repeatable.',
  },
  { name: 'skip-git-repo-check', help: 'Let the exec transport work outside a Git repository.' },
  {
    name: 'transport',
    value: 'NAME',
    accepted: transports,
    help: 'How Codex is run: one server process, or one process a turn. Default: app-server.',
  },
  {
    name: 'profile',
    value: 'NAME',
    accepted: profiles,
    help: 'Your own Codex configuration, or the fast one of a service. Default: compatible.',
  },
  {
    name: 'codex',
    value: 'PATH',
    help: 'Codex executable. Default: CODEX_ACTORS_CODEX_PATH, else the installed package.',
  },
  { name: 'json', help: 'Print events as JSON lines, in the shape of codex exec --json.' },
  { name: 'help', short: 'h', help: 'Print this text.' },
];
