import type { Codex } from '../../src/index.ts';

/** The Codex process of a `Codex`, for tests that kill it in the middle of a request. Made before the process starts. */
export class WatchedPort {
  /** What was asked of any of its incarnations, and what was answered with a result, in order, without the handshake. */
  readonly log: string[] = [];
  #pid: number | null = null;
  readonly #waiting = new Set<{ readonly method: string; readonly resolve: () => void }>();

  constructor({ telemetry }: Codex) {
    telemetry.subscribe('port.ready', ({ pid }) => {
      this.#pid = pid;
    });
    telemetry.subscribe(['port.request.start', 'port.request.stop'], ({ name, method }) => {
      this.log.push(`${name === 'port.request.start' ? 'asked' : 'answered'} ${method}`);
      if (name === 'port.request.start') this.#asked(method);
    });
  }

  /** Process id of the live incarnation. */
  get pid(): number {
    if (this.#pid === null) throw new Error('No Codex process has started.');
    return this.#pid;
  }

  /** Resolves once a request of this method has been written from now on. */
  next(method: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.add({ method, resolve }));
  }

  /** How often a method was asked. */
  count(method: string): number {
    return this.log.filter((line) => line === `asked ${method}`).length;
  }

  kill(): void {
    process.kill(this.pid, 'SIGKILL');
  }

  /** Keeps the process from answering, so that it dies with what `ask` asks of it by `method` unanswered. */
  async killBeforeAnswer<T>(method: string, ask: () => Promise<T>): Promise<PromiseSettledResult<T>> {
    process.kill(this.pid, 'SIGSTOP');
    const written = this.next(method);
    const settled = Promise.allSettled([ask()]);
    await Promise.race([written, settled]);
    this.kill();
    const [outcome] = await settled;
    return outcome;
  }

  #asked(method: string): void {
    for (const one of this.#waiting) {
      if (one.method !== method) continue;
      this.#waiting.delete(one);
      one.resolve();
    }
  }
}
