import { statSync } from 'node:fs';
import {
  type AcceptedValues,
  acceptedValues0169,
  acceptedValuesIn,
  anyWords,
} from '../../protocol/accepted-values.ts';
import type { Clock } from '../../supervisor/clock.ts';
import { type ConnectedBinary, generatedSchema } from './generated-schema.ts';

/** Executables whose schemas are remembered; the one that was asked for first is forgotten. */
export const schemasKeptMax = 8;

/** Whether a binary of this version takes the words that are built in. */
export function isBuiltInVersion(version: string | undefined): boolean {
  return version?.startsWith('0.169.') === true;
}

/**
 * What each Codex executable takes for the options that are one of several words. For the version that the protocol's types were
 * generated from it is built in; any other executable is asked for its own schema, once until its file changes.
 */
export class BinarySchemas {
  readonly #clock: Clock;
  readonly #accepted = new Map<string, Promise<AcceptedValues>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The words that a binary takes; any words where it does not tell. Never rejects. */
  acceptedBy(binary: ConnectedBinary): Promise<AcceptedValues> {
    if (isBuiltInVersion(binary.version)) return Promise.resolve(acceptedValues0169);
    const key = identityOf(binary.executable);
    if (key === undefined) return Promise.resolve(anyWords);
    const known = this.#accepted.get(key);
    if (known !== undefined) return known;
    const accepted = generatedSchema(binary, this.#clock).then(
      (schema) => acceptedValuesIn(schema, anyWords),
      // A Codex that cannot write its schema still says what it does not take, if later.
      () => anyWords,
    );
    this.#accepted.set(key, accepted);
    const [oldest] = this.#accepted.keys();
    if (this.#accepted.size > schemasKeptMax && oldest !== undefined) this.#accepted.delete(oldest);
    return accepted;
  }
}

/** Another file in the same place is another binary. */
function identityOf(executable: string): string | undefined {
  const facts = statSync(executable, { throwIfNoEntry: false });
  return facts === undefined ? undefined : `${executable} ${facts.mtimeMs} ${facts.size}`;
}
