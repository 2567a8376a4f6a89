import { isBuiltInVersion } from './actors/exec-port/binary-schemas.ts';
import { executableVersion } from './actors/exec-port/executable-version.ts';
import { type AcceptedValues, acceptedValues0169, anyWords } from './protocol/accepted-values.ts';

/** The options by which a binary is chosen. */
export interface BinaryChoice {
  readonly codexPathOverride?: string | null | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/**
 * The words that thread options are held against at the call: those of the version whose types we have. Another binary is asked for its
 * own before anything of the thread is sent.
 */
export function acceptedWordsOf({ codexPathOverride, env }: BinaryChoice): () => AcceptedValues {
  let words: AcceptedValues | undefined;
  return () => {
    if (words !== undefined) return words;
    const version = executableVersion({ codexPathOverride, searchPath: (env ?? process.env).PATH });
    words = version === undefined || isBuiltInVersion(version) ? acceptedValues0169 : anyWords;
    return words;
  };
}
