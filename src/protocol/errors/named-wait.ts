const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Milliseconds to wait, from what a server or Codex says of it only in words: "try again in 1.5s", "Try again in 2 days 3 hours", "try again at
 * 3:22 PM", "Try again at Nov 22nd, 2026 7:08 PM".
 *
 * Codex writes a time of day in the time zone of its own process, and cuts off the seconds: the minute is waited out. It is taken for that of this process.
 *
 * @param saidAtMs When it was said, in milliseconds since the Unix epoch; null when that is not known, and then a time of day tells nothing.
 * @returns undefined where nothing of the kind is said.
 * @example waitNamedIn('Rate limit reached. Please try again in 1.5s.', null) // 1500
 */
export function waitNamedIn(message: string, saidAtMs: number | null): number | undefined {
  return spanNamedIn(message) ?? (saidAtMs === null ? undefined : timeNamedIn(message, saidAtMs));
}

function spanNamedIn(message: string): number | undefined {
  const named = /try again in ((?:[\d.]+ ?(?:ms|s|m|h|d)[a-z]*[ ,]*(?:and )?)+)/i.exec(message)?.[1];
  if (named === undefined) return undefined;
  const parts = [...named.matchAll(/([\d.]+) ?(ms|s|m|h|d)/gi)];
  const ms = parts.reduce(
    (sum, [, amount = '', unit = '']) => sum + Number.parseFloat(amount) * (units[unit.toLowerCase()] ?? 0),
    0,
  );
  return Number.isFinite(ms) && ms > 0 ? Math.ceil(ms) : undefined;
}

const timePattern =
  /try again at (?:([a-z]{3}) (\d{1,2})(?:st|nd|rd|th), (\d{4}) )?(1[0-2]|0?[1-9]):([0-5]\d) ([ap])m\b/i;

function timeNamedIn(message: string, saidAtMs: number): number | undefined {
  const [found, month, day, year, hour, minute, half] = timePattern.exec(message) ?? [];
  if (found === undefined) return undefined;
  const time = new Date(saidAtMs);
  time.setHours((Number(hour) % 12) + (half?.toLowerCase() === 'p' ? 12 : 0), Number(minute) + 1, 0, 0);
  if (month !== undefined) {
    const place = months.indexOf(month.toLowerCase());
    if (place < 0) return undefined;
    time.setFullYear(Number(year), place, Number(day));
  } else if (time.getTime() <= saidAtMs) time.setDate(time.getDate() + 1);
  return Math.max(0, time.getTime() - saidAtMs);
}
