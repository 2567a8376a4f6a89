import { InvalidOptionError, Unshown } from './errors/call-errors.ts';
import { nearestName } from './nearest-name.ts';
import { isRecord } from './unread.ts';

/** Whether the official SDK has an option of this name and meaning too. */
export type OptionOrigin = 'official' | 'own';

/** Each name of a type of options once: a table that lacks one, or has one that the type has not, does not compile. */
export type OptionNames<Options> = Readonly<
  Record<Options extends unknown ? keyof Options & string : never, OptionOrigin>
>;

/** Characters of an unknown name that an error shows. */
const shownNameLengthMax = 64;

/**
 * Refuses options of a name that a call does not know: whoever misspells `sandboxMode` must not get another sandbox. What is undefined is as
 * good as left out.
 *
 * @param call In the words of the caller, such as `startThread`.
 * @param at Where the options are within others, such as `files`. Default: they are the call's own.
 * @throws InvalidOptionError naming the option, and the one that was probably meant.
 */
export function checkOptionNames(
  call: string,
  options: unknown,
  names: Readonly<Record<string, OptionOrigin>>,
  at = '',
): void {
  if (!isRecord(options)) throw new InvalidOptionError(at === '' ? 'options' : at, options, 'an object');
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !Object.hasOwn(names, name))
      throw unknownOption(call, at === '' ? name : `${at}.${name}`, value, Object.keys(names));
  }
}

/**
 * The error for an option of an unknown name. Its value is not shown: it may be a misspelt `apiKey`.
 *
 * @param field The name, with where it is, such as `retries.maxAttemps`.
 * @param known The names that there are in its place.
 */
export function unknownOption(
  call: string,
  field: string,
  value: unknown,
  known: readonly string[],
): InvalidOptionError {
  const name = field.slice(field.lastIndexOf('.') + 1);
  const meant = nearestName(name, known);
  const hint = meant === undefined ? `its options are ${known.join(', ')}` : `did you mean ${meant}?`;
  return new InvalidOptionError(
    field.slice(0, shownNameLengthMax),
    new Unshown(value),
    `left out: ${call} has no such option (${hint})`,
  );
}
