import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/cli/arguments.ts';
import { generalHelp, runHelp } from '../../src/cli/help-text.ts';
import { runOptions } from '../../src/cli/options.ts';

const bare = { images: [], configOverrides: [], skipGitRepoCheck: false, json: false };

describe('the command line', () => {
  test('run takes one prompt', () => {
    expect(parseCommandLine(['run', 'Say hello'])).toEqual({
      command: 'run',
      run: { ...bare, prompt: { from: 'argument', text: 'Say hello' } },
    });
  });

  test('a prompt of - is standard input', () => {
    expect(parseCommandLine(['run', '-'])).toEqual({
      command: 'run',
      run: { ...bare, prompt: { from: 'stdin' } },
    });
  });

  test('every option reaches its field, before and after the prompt', () => {
    const before = [
      '--model',
      'gpt-5.5',
      '-s',
      'read-only',
      '-C',
      '/repo',
      '--approval=never',
      '--resume',
      '0199c3a4-2f10-7c5e-9b1d-6a0e4f2d8c37',
      '-i',
      'a.png',
    ];
    const after = [
      '--image',
      'b.png',
      '--output-schema',
      's.json',
      '-c',
      'a.b=1',
      '--config=c="d=e"',
      '--skip-git-repo-check',
    ];
    const rest = ['--transport', 'exec', '--profile', 'lean', '--codex', '/bin/codex', '--json'];
    expect(parseCommandLine(['run', ...before, 'Look', ...after, ...rest])).toEqual({
      command: 'run',
      run: {
        prompt: { from: 'argument', text: 'Look' },
        model: 'gpt-5.5',
        sandbox: 'read-only',
        workingDirectory: '/repo',
        approval: 'never',
        resume: '0199c3a4-2f10-7c5e-9b1d-6a0e4f2d8c37',
        images: ['a.png', 'b.png'],
        outputSchemaFile: 's.json',
        configOverrides: ['a.b=1', 'c="d=e"'],
        skipGitRepoCheck: true,
        transport: 'exec',
        profile: 'lean',
        codexPath: '/bin/codex',
        json: true,
      },
    });
  });

  test('a prompt that begins with a dash follows --', () => {
    expect(parseCommandLine(['run', '--json', '--', '--not-an-option'])).toMatchObject({
      run: { prompt: { from: 'argument', text: '--not-an-option' }, json: true },
    });
  });

  test.each([
    [[], /^Say what to do/],
    [['fly'], /no command "fly"/],
    [['run'], /^Give a prompt/],
    [['run', ' '], /prompt is empty/],
    [['run', 'two', 'prompts'], /^Quote the prompt: there is a second one, "prompts"/],
    [['run', '--colour', 'x'], /no option --colour/],
    [['run', '-x', 'x'], /no option -x/],
    [['run', 'x', '--model'], /--model needs a value: --model MODEL/],
    [['run', 'x', '--model='], /--model needs a value/],
    [['run', '--json=yes', 'x'], /--json takes no value/],
    [
      ['run', '--sandbox', 'none', 'x'],
      /--sandbox must be one of read-only, workspace-write, danger-full-access; it is "none"/,
    ],
    [['run', '--approval', 'always', 'x'], /--approval must be one of never, on-request/],
    [['run', '--transport', 'pigeon', 'x'], /--transport must be one of app-server, exec/],
    [['run', '--profile', 'fast', 'x'], /--profile must be one of compatible, lean/],
    [['run', '-c', 'novalue', 'x'], /^-c must be of the form KEY=VALUE; it is "novalue"\.$/],
    [
      ['run', '--resume', 'nope', 'x'],
      /^--resume must be the id of a thread, such as [^;]+; it is "nope"\.$/,
    ],
  ])('%j is wrong, and says what to do', (args, message) => {
    expect(parseCommandLine(args)).toEqual({ command: 'wrong', message: expect.stringMatching(message) });
  });

  test('an option that lacks its value does not swallow the next option', () => {
    expect(parseCommandLine(['run', 'x', '--model', '--json'])).toMatchObject({ command: 'wrong' });
  });

  test.each([[['--help']], [['-h']], [['help']]])('%j asks for help', (args) => {
    expect(parseCommandLine(args)).toEqual({ command: 'help', topic: 'all' });
  });

  test('run --help needs no prompt', () => {
    expect(parseCommandLine(['run', '--help'])).toEqual({ command: 'help', topic: 'run' });
  });

  test.each([[['--version']], [['-V']]])('%j asks for the version', (args) => {
    expect(parseCommandLine(args)).toEqual({ command: 'version' });
  });

  test('no command line throws', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('run', '-', '--', '--json', '-h', ...runOptions.map((option) => `--${option.name}`)),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (args) => {
        expect(parseCommandLine(args).command).toMatch(/^(help|version|run|wrong)$/);
      }),
    );
  });
});

describe('the help text', () => {
  test('names every option with its short form, value and accepted values', () => {
    const help = runHelp();
    for (const option of runOptions) {
      const short = option.short === undefined ? '' : `-${option.short}, `;
      expect(help).toContain(
        `${short}--${option.name}${option.value === undefined ? '' : ` ${option.value}`}\n`,
      );
      for (const value of option.accepted ?? []) expect(help).toContain(value);
    }
  });

  test('fits a terminal of 110 columns', () => {
    for (const line of `${generalHelp}${runHelp()}`.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });
});
