/** Characters of a name that is compared with others; longer ones are near to none. */
const comparedLengthMax = 64;

/** Characters that may be wrong, missing, too many or swapped in a name that is still near. */
const mistakesTolerated = 2;

/**
 * The name that was probably meant: the one with the fewest wrong characters, at most two; else one that begins or ends it. Capitals, `_` and
 * `-` do not count. Undefined when none is near.
 *
 * @example nearestName('sandbox_mod', ['sandboxMode', 'model']) // 'sandboxMode'
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const given = plain(name);
  if (given === '' || given.length > comparedLengthMax) return undefined;
  const candidates = known
    .map((one) => ({ one, mistakes: mistakesBetween(given, plain(one)) }))
    .sort((a, b) => a.mistakes - b.mistakes);
  const best = candidates.find(({ one, mistakes }) => mistakes <= mistakesIn(plain(one)));
  return best?.one ?? known.find((one) => isPartOf(given, plain(one)));
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}

/** Of a short name more than one wrong character would make any other. */
function mistakesIn(name: string): number {
  return name.length < 5 ? 1 : mistakesTolerated;
}

function isPartOf(given: string, known: string): boolean {
  return given.length >= 4 && known.length >= 4 && (known.startsWith(given) || given.startsWith(known));
}

/** The fewest insertions, deletions, replacements and swaps of neighbours that lead from one text to the other. */
function mistakesBetween(from: string, to: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwap =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (isSame ? 0 : 1),
          isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
