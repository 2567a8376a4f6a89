/** What stands where a secret was. */
export const redacted = '[redacted]';

/** Shorter values are not searched for: they would tear holes into ordinary text. */
const secretLengthMin = 6;

/**
 * Removes the given secrets, and what looks like one, from a text that is to be logged or thrown.
 *
 * What looks like one: `sk-…` keys, bearer tokens, JSON web tokens, the password in a URL, and the value of `…KEY=`, `…TOKEN=`, `…SECRET=`,
 * `…PASSWORD=` in the notations of shells, JSON and headers.
 *
 * @param secrets Values known to be secret, such as the API key; those of fewer than 6 characters are not searched for.
 * @example redact('OPENAI_API_KEY=sk-abc123 failed', []) // 'OPENAI_API_KEY=[redacted] failed'
 */
export function redact(text: string, secrets: readonly string[]): string {
  let result = withoutSecrets(text, secrets);
  for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement);
  return result;
}

/**
 * Removes the given secrets and nothing else, from a text whose wording counts.
 *
 * @param secrets Those of fewer than 6 characters are not searched for.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let result = text;
  // Longest first, so that a secret which contains another leaves no remainder.
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret.length >= secretLengthMin) result = result.replaceAll(secret, redacted);
  }
  return result;
}

const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${redacted}`],
  [/\b(sk|pk|rk|sess|ghp|gho|ghs|github_pat|xox[abp])[-_][\w-]{6,}/g, redacted],
  [/\beyJ[\w-]{8,4096}\.[\w-]+\.[\w-]*/g, redacted],
  [/(\/\/[^\s/:@]*):[^\s/@]+@/g, `$1:${redacted}@`],
  [
    /((?:(?:api|access|auth|private)[_ -]?key|[_-]key|token|secret|password|passwd|credential)s?["']?\s*[=:]\s*)(?:"[^"\n]+"|'[^'\n]+'|(?!\[redacted\])[^\s"',;&]+)/gi,
    `$1${redacted}`,
  ],
];

const secretName = /(key|token|secret|password|passwd|credential)s?$/i;

/** Whether what has this name is a secret: `…KEY`, `…TOKEN`, `…SECRET`, `…PASSWORD`, `…CREDENTIALS`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/**
 * The values in an environment whose names say that they are secret: `…KEY`, `…TOKEN`, `…SECRET`, `…PASSWORD`, `…CREDENTIALS`. For `redact`.
 */
export function secretsIn(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value !== '' && isSecretName(name) ? [value] : [],
  );
}

/** Secrets that become known later are at most as many; beyond, those that were told first are no longer searched for. */
export const knownSecretsMax = 10_000;

/** The secrets of one `Codex`: those that it was made with, and those of threads and servers that it was given since. */
export class KnownSecrets {
  readonly #first: readonly string[];
  readonly #later = new Set<string>();

  constructor(first: readonly string[]) {
    this.#first = first.filter((text) => text !== '');
  }

  get all(): readonly string[] {
    return [...this.#first, ...this.#later];
  }

  add(secrets: readonly string[]): void {
    for (const secret of secrets) if (secret !== '') this.#later.add(secret);
    for (const oldest of this.#later) {
      if (this.#later.size <= knownSecretsMax) return;
      this.#later.delete(oldest);
    }
  }
}
