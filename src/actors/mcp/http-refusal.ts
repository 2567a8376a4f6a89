/** The answer of an HTTP server whose status says no. Its message holds what the server said: not redacted. */
export class HttpRefusal extends Error {
  readonly status: number;
  /** Milliseconds to wait before another try, where the server named them. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, text: string, retryAfterMs: number | undefined) {
    super(`it answered HTTP ${status}${text === '' ? '' : `: ${text}`}`);
    this.name = 'HttpRefusal';
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The refusal that an answer is; undefined for one that is none. */
export async function refusalOf(answer: Response): Promise<HttpRefusal | undefined> {
  const { status, statusText, headers } = answer;
  if (status < 400) return undefined;
  const said = (await answer.text()).trim();
  return new HttpRefusal(status, said === '' ? statusText : said, retryAfterMs(headers));
}

/** The header `retry-after`: seconds, or a date, which is told by the server's own clock. */
function retryAfterMs(headers: Headers): number | undefined {
  const named = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(named)) return Number(named) * 1_000;
  const waitMs = Date.parse(named) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
