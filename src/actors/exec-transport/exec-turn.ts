import { lineBytesMaxDefault } from '../../protocol/json-line-decoder.ts';
import { LineCutter } from '../../protocol/line-cutter.ts';
import type { ActorContext, ActorInstance, Behaviour } from '../../supervisor/behaviour.ts';
import type { TimerHandle } from '../../supervisor/clock.ts';
import {
  type ProcessCommand,
  type ProcessExit,
  ProcessHandle,
  type ProcessListener,
} from '../exec-port/process-handle.ts';
import { type OutputSchemaFile, writeOutputSchema } from './output-schema-file.ts';

/** Times and sizes of one `codex exec` process. */
export interface ExecTurnLimits {
  /** Milliseconds that Codex may take to exit by itself once it has reported the turn's end. Default 5,000. */
  readonly exitGraceMs: number;
  /**
   * Milliseconds between SIGINT and SIGTERM to the process group. Default 2,000. On SIGINT Codex ends the commands of the turn, which
   * are in groups of their own, before itself; on the others it leaves them behind.
   */
  readonly interruptGraceMs: number;
  /** Milliseconds between SIGTERM and SIGKILL. Default 1,000. */
  readonly termGraceMs: number;
  /** Milliseconds after SIGKILL until the process is given up as one that cannot be killed. Default 1,000. */
  readonly killGraceMs: number;
  /** Bytes of the longest line of stdout that is read; a longer one is skipped and reported. Default 256 MiB. */
  readonly lineBytesMax: number;
}

export const defaultExecTurnLimits: ExecTurnLimits = {
  exitGraceMs: 5_000,
  interruptGraceMs: 2_000,
  termGraceMs: 1_000,
  killGraceMs: 1_000,
  lineBytesMax: lineBytesMaxDefault,
};

/** How a `codex exec` process ended. */
export type ExecProcessEnd =
  | ({ readonly kind: 'exited'; readonly stderrTail: string } & ProcessExit)
  | { readonly kind: 'spawn_failed'; readonly error: NodeJS.ErrnoException }
  /** It did not die of SIGKILL in time, or its actor was killed. */
  | { readonly kind: 'abandoned' };

/** What the owner of a turn is told about its process; synchronously, as it happens. */
export interface ExecTurnListener {
  /** One line of stdout. True when the line reports the end of the turn, so that only the exit is still to come. */
  line(text: string): boolean;
  /** A line longer than the limit was skipped. */
  lineSkipped(bytes: number): void;
  /** Nothing of the turn runs any more and its files are gone. Comes exactly once, and last. */
  ended(end: ExecProcessEnd): void;
}

export interface ExecTurnInput {
  /** The command, for the path of the schema file where there is a schema. */
  readonly command: (outputSchemaFile: string | undefined) => ProcessCommand;
  /** Written to stdin, which is then closed: Codex starts at the end of its input. */
  readonly prompt: string;
  readonly outputSchema: Readonly<Record<string, unknown>> | undefined;
  /** Where the schema file goes. */
  readonly temporaryDirectory: string;
  readonly listener: ExecTurnListener;
  readonly limits: ExecTurnLimits;
}

/** Ends the turn before its time: SIGINT to the process group, a wait, SIGTERM, a wait, SIGKILL. */
export interface ExecTurnMessage {
  readonly type: 'exec.interrupt';
}

/**
 * One turn as one `codex exec` process: a temporary child that ends, `normal`, when the process has. Asked to stop it ends the
 * process first: by itself when the turn is over, else by the ladder of signals.
 *
 * The start fails, without `ended`, when the schema file cannot be written; a missing executable is an `ended`.
 */
export const execTurn: Behaviour<ExecTurnMessage, ExecTurnInput> = {
  async init(context, input) {
    const schema =
      input.outputSchema === undefined
        ? undefined
        : await writeOutputSchema(input.outputSchema, input.temporaryDirectory);
    try {
      // Killed while the file was written: nobody would own the process.
      context.signal.throwIfAborted();
      return new ExecTurn(context, input, schema);
    } catch (error) {
      schema?.remove();
      throw error;
    }
  },
};

class ExecTurn implements ActorInstance<ExecTurnMessage>, ProcessListener {
  readonly #context: ActorContext<ExecTurnMessage>;
  readonly #listener: ExecTurnListener;
  readonly #limits: ExecTurnLimits;
  readonly #schema: OutputSchemaFile | undefined;
  readonly #lines: LineCutter;
  readonly #process: ProcessHandle;
  #timer: TimerHandle | undefined = undefined;
  #turnOver = false;
  #stopping = false;
  #ended = false;
  #tellEnded: () => void = () => {};
  readonly #whenEnded = new Promise<void>((resolve) => {
    this.#tellEnded = resolve;
  });

  constructor(
    context: ActorContext<ExecTurnMessage>,
    input: ExecTurnInput,
    schema: OutputSchemaFile | undefined,
  ) {
    this.#context = context;
    this.#listener = input.listener;
    this.#limits = input.limits;
    this.#schema = schema;
    this.#lines = new LineCutter(
      { line: (text) => this.#line(text), tooLong: (bytes) => this.#listener.lineSkipped(bytes) },
      input.limits.lineBytesMax,
    );
    this.#process = new ProcessHandle(input.command(schema?.path), this, context.clock);
    this.#process.ref();
    this.#process.write(input.prompt);
    this.#process.endStdin();
  }

  receive(message: { readonly type: string }): void {
    if (message.type === 'exec.interrupt') this.#stop();
  }

  terminate(): Promise<void> {
    if (!this.#turnOver) this.#stop();
    return this.#whenEnded;
  }

  kill(): void {
    this.#process.signal('SIGKILL');
    this.#process.unref();
    this.#end({ kind: 'abandoned' });
  }

  spawned(): void {}

  drained(): void {}

  spawnFailed(error: NodeJS.ErrnoException): void {
    this.#end({ kind: 'spawn_failed', error });
  }

  stdout(chunk: Buffer): void {
    if (!this.#ended) this.#lines.push(chunk);
  }

  exited(exit: ProcessExit): void {
    if (!this.#ended) this.#lines.end();
    this.#end({ kind: 'exited', ...exit, stderrTail: this.#process.stderrTail });
  }

  #line(text: string): void {
    // Codex has read its schema before it prints anything.
    this.#schema?.remove();
    if (!this.#listener.line(text) || this.#turnOver) return;
    this.#turnOver = true;
    if (!this.#stopping) this.#after(this.#limits.exitGraceMs, () => this.#stop());
  }

  #stop(): void {
    if (this.#stopping || this.#ended) return;
    this.#stopping = true;
    this.#process.signal('SIGINT');
    this.#after(this.#limits.interruptGraceMs, () => {
      this.#process.signal('SIGTERM');
      this.#after(this.#limits.termGraceMs, () => this.#forceStop());
    });
  }

  #forceStop(): void {
    this.#process.signal('SIGKILL');
    this.#after(this.#limits.killGraceMs, () => this.kill());
  }

  #after(delayMs: number, act: () => void): void {
    this.#clearTimer();
    this.#timer = this.#context.clock.setTimer(delayMs, act);
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#context.clock.cancelTimer(this.#timer);
    this.#timer = undefined;
  }

  #end(end: ExecProcessEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#clearTimer();
    this.#schema?.remove();
    this.#listener.ended(end);
    this.#tellEnded();
    this.#context.exit('normal');
  }
}
