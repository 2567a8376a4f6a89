import { isBuiltInVersion } from './actors/exec-port/binary-schemas.ts';
import { executableVersion } from './actors/exec-port/executable-version.ts';
import { type AcceptedValues, acceptedValues0169, anyWords } from './protocol/accepted-values.ts';

/** The options by which a binary is chosen. */
export interface BinaryChoice {
  readonly transport?: 'app-server' | 'exec';
  readonly codexPathOverride?: string | null | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/**
 * The words that thread options are held against at the call: those of the version whose types we have. Another binary is asked for its
 * own once it is connected, before anything of the thread is sent.
 */
export function acceptedWordsOf({ transport, codexPathOverride, env }: BinaryChoice): () => AcceptedValues {
  let words: AcceptedValues | undefined = transport === 'exec' ? acceptedValues0169 : undefined;
  return () => {
    if (words !== undefined) return words;
    const version = executableVersion({ codexPathOverride, searchPath: (env ?? process.env).PATH });
    words = version === undefined || isBuiltInVersion(version) ? acceptedValues0169 : anyWords;
    return words;
  };
}
