/** Why a command ends before its turn does: Ctrl-C or a reader that went away, SIGTERM, SIGHUP. Names its exit code. */
export type Interruption = 'interrupted' | 'terminated' | 'hungUp';

/** The part of `process` that interrupts listen to. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
}

/**
 * What signals mean to a running command.
 *
 * The first Ctrl-C interrupts the turn. The second one, SIGTERM and SIGHUP stop everything, in order. From then on signals have
 * their usual meaning, so that a third one ends the process at once; Codex then ends by itself, since its input closes.
 */
export class Interrupts implements Disposable {
  readonly #source: SignalSource;
  readonly #onSignal: (what: 'interrupting' | 'stopping') => void;
  readonly #turn = new AbortController();
  readonly #stop = new AbortController();
  #stoppedBy: Interruption | undefined = undefined;

  /** @param onSignal Told what a signal sets off. */
  constructor(source: SignalSource, onSignal: (what: 'interrupting' | 'stopping') => void) {
    this.#source = source;
    this.#onSignal = onSignal;
    source.on('SIGINT', this.#onInterrupt);
    source.on('SIGTERM', this.#onTerminate);
    source.on('SIGHUP', this.#onHangUp);
  }

  /** Aborted when the turn is to be interrupted. */
  get turn(): AbortSignal {
    return this.#turn.signal;
  }

  /** Aborted when everything is to be stopped without waiting for the turn. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** What ended the turn: of several causes the one that stopped everything. Undefined while nothing has. */
  get interruption(): Interruption | undefined {
    return this.#stoppedBy ?? (this.#turn.signal.aborted ? 'interrupted' : undefined);
  }

  /** Interrupts the turn as the first Ctrl-C would. */
  interruptTurn(): void {
    this.#turn.abort();
  }

  [Symbol.dispose](): void {
    this.#source.off('SIGINT', this.#onInterrupt);
    this.#source.off('SIGTERM', this.#onTerminate);
    this.#source.off('SIGHUP', this.#onHangUp);
  }

  readonly #onInterrupt = (): void => {
    if (this.#turn.signal.aborted) {
      this.#stopAll('interrupted');
      return;
    }
    this.#onSignal('interrupting');
    this.#turn.abort();
  };

  readonly #onTerminate = (): void => this.#stopAll('terminated');

  readonly #onHangUp = (): void => this.#stopAll('hungUp');

  #stopAll(by: Interruption): void {
    this[Symbol.dispose]();
    this.#stoppedBy = by;
    this.#onSignal('stopping');
    this.#stop.abort();
    this.#turn.abort();
  }
}
