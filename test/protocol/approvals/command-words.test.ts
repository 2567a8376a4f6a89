import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandWords, matchesWords } from '../../../src/protocol/approvals/command-words.ts';

describe('the words of a command', () => {
  test.each([
    ['git status', ['git', 'status']],
    ["/bin/bash -lc 'git log -1'", ['git', 'log', '-1']],
    ['bash -c "git commit -m \'two words\'"', ['git', 'commit', '-m', 'two words']],
    [String.raw`echo a\ b 'it'\''s'`, ['echo', 'a b', "it's"]],
    [String.raw`echo "a \"b\" \$c \x"`, ['echo', String.raw`a "b" $c \x`]],
    ["echo ''", ['echo', '']],
    ["grep 'a|b;c' file", ['grep', 'a|b;c', 'file']],
    ['echo a#b', ['echo', 'a#b']],
    ["bash -lc 'bash -c ls'", ['bash', '-c', 'ls']],
  ])('of %s are %j', (command, words) => {
    expect(commandWords(command)).toEqual(words);
  });

  test.each([
    'git status; rm -rf /',
    'git status && curl example.org',
    'git status | sh',
    'git status & ',
    'git log > /etc/passwd',
    'git log < file',
    'git log $(rm x)',
    'git log `rm x`',
    'git log "$(rm x)"',
    'git log "`rm x`"',
    'git log $HOME',
    'git add *',
    'git add ?',
    'git add [ab]',
    'git add ~',
    'git add {a,b}',
    'git log # comment',
    'git log !!',
    'git log\nrm x',
    'git log\trm',
    "git log 'open",
    'git log "open',
    'git log \\',
    'PATH=/tmp git log',
    'a[0]=1 git log',
    "bash -lc 'git status; rm x'",
    "bash -lc 'X=1 git status'",
    '',
    "''",
  ])('of %j are unknown: a shell would do more than run one program', (command) => {
    expect(commandWords(command)).toBeUndefined();
  });

  test('are those that a real shell passes to the program', () => {
    const text = fc.string({ unit: fc.constantFrom(...`ab '"\\ $;|&*`), maxLength: 12 });
    fc.assert(
      fc.property(text, (rest) => {
        const words = commandWords(`echo ${rest}`);
        if (words === undefined) return;
        const script = `show() { for word in "$@"; do printf '%s\\n' "$word"; done; }; show ${rest}`;
        const shown = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
        expect(shown).toBe(
          words
            .slice(1)
            .map((word) => `${word}\n`)
            .join(''),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('a pattern', () => {
  test.each([
    ['git status', 'git status', true],
    ['git status -s', 'git status', false],
    ['git status -s', 'git status *', true],
    ['git status', 'git status *', true],
    ['git', 'git status *', false],
    ['git push', 'git status *', false],
    ['npm run build:all', 'npm run build:*', true],
    ['npm run test', 'npm run build:*', false],
    ['cat a/b.ts', 'cat *.ts', true],
    ['cat a/b.tsx', 'cat *.ts', false],
    ['rm a b', 'rm * b', true],
    ['rm a b c', 'rm * c', false],
    ['gitx status', 'git *', false],
    ['aXbXc', 'a*b*c', true],
    ['anything at all', '*', true],
  ])('matches words whole: %s by %s is %s', (text, pattern, expected) => {
    expect(matchesWords(text.split(' '), pattern)).toBe(expected);
  });

  test('takes no more than quadratic time, whoever wrote the command', () => {
    const word = 'a'.repeat(20_000);
    expect(matchesWords([word], `${'*a'.repeat(50)}*b`)).toBe(false);
  });
});
