/** What a shell acts on when it stands outside of quotes: operators, expansions, patterns. */
const unquotedShellCharacter = /[;&|<>()$`*?[\]{}~!\\]/;
const controlCharacter = /\p{Cc}/u;
const assignment = /^[A-Za-z_]\w*(\[.*\])?\+?=/;
const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'zsh']);

/**
 * The words of a command that is one simple command: a program and its arguments, with nothing that a shell would expand, chain,
 * redirect or substitute. A shell around it (`/bin/bash -lc '…'`) is taken off, once.
 *
 * @returns undefined for everything else, so that a rule for `git status` never meets `git status; curl … | sh`.
 * @example commandWords("/bin/bash -lc 'git log -1'") // ['git', 'log', '-1']
 */
export function commandWords(command: string): readonly string[] | undefined {
  const outer = splitWords(command);
  const [program, flag, script, ...more] = outer ?? [];
  const isScript = script !== undefined && more.length === 0 && (flag === '-c' || flag === '-lc');
  if (program === undefined || !isScript || !shells.has(baseName(program))) return simple(outer);
  return simple(splitWords(script));
}

function simple(words: readonly string[] | undefined): readonly string[] | undefined {
  const [program] = words ?? [];
  // An assignment before the program changes what the program is: `PATH=/tmp git status`.
  return program === undefined || program === '' || assignment.test(program) ? undefined : words;
}

function baseName(program: string): string {
  const folder = ['/bin/', '/usr/bin/', '/usr/local/bin/'].find((one) => program.startsWith(one)) ?? '';
  return program.slice(folder.length);
}

/** Splits as a POSIX shell would; undefined where the shell would do more than split. */
function splitWords(text: string): readonly string[] | undefined {
  if (controlCharacter.test(text)) return undefined;
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at);
    if (character === ' ') {
      if (word !== undefined) words.push(word);
      word = undefined;
      at += 1;
      continue;
    }
    const part = readPart(text, at, word === undefined);
    if (part === undefined) return undefined;
    word = (word ?? '') + part.text;
    at = part.end;
  }
  if (word !== undefined) words.push(word);
  return words;
}

interface Part {
  readonly text: string;
  readonly end: number;
}

function readPart(text: string, at: number, atWordStart: boolean): Part | undefined {
  const character = text.charAt(at);
  if (character === "'") return readSingleQuoted(text, at + 1);
  if (character === '"') return readDoubleQuoted(text, at + 1);
  if (character === '\\') {
    const escaped = text.charAt(at + 1);
    return escaped === '' ? undefined : { text: escaped, end: at + 2 };
  }
  if (unquotedShellCharacter.test(character) || (character === '#' && atWordStart)) return undefined;
  return { text: character, end: at + 1 };
}

function readSingleQuoted(text: string, from: number): Part | undefined {
  const end = text.indexOf("'", from);
  return end < 0 ? undefined : { text: text.slice(from, end), end: end + 1 };
}

function readDoubleQuoted(text: string, from: number): Part | undefined {
  let read = '';
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') return { text: read, end: at + 1 };
    if (character === '$' || character === '`') return undefined;
    const next = text.charAt(at + 1);
    if (character === '\\' && next !== '' && '$`"\\'.includes(next)) {
      read += next;
      at += 1;
    } else read += character;
  }
  return undefined;
}

/**
 * Whether words are those of a pattern: word by word, where `*` within a word stands for any characters of that word, and a last
 * word `*` for any further words, also none.
 *
 * @example matchesWords(['git', 'log', '-1'], 'git log *') // true
 */
export function matchesWords(words: readonly string[], pattern: string): boolean {
  const wanted = pattern.split(' ').filter((word) => word !== '');
  const open = wanted.at(-1) === '*';
  const fixed = open ? wanted.slice(0, -1) : wanted;
  if (open ? words.length < fixed.length : words.length !== fixed.length) return false;
  return fixed.every((glob, at) => matchesWord(words[at] ?? '', glob));
}

/** Goes back to the last star only, so that no pattern takes more than the product of the two lengths. */
function matchesWord(word: string, glob: string): boolean {
  let [at, globAt, star, starAt] = [0, 0, -1, 0];
  while (at < word.length) {
    if (glob[globAt] === '*') {
      star = globAt;
      starAt = at;
      globAt += 1;
    } else if (glob[globAt] === word[at]) {
      at += 1;
      globAt += 1;
    } else if (star >= 0) {
      starAt += 1;
      at = starAt;
      globAt = star + 1;
    } else return false;
  }
  while (glob[globAt] === '*') globAt += 1;
  return globAt === glob.length;
}
