import { tmpdir } from 'node:os';
import { InvalidOptionError, QueueFullError, ThreadClosedError } from '../../protocol/errors/call-errors.ts';
import { checkThreadOptions } from '../../protocol/option-checks.ts';
import type { ThreadOptions } from '../../protocol/thread-options.ts';
import { ActorSystem } from '../../supervisor/actor-system.ts';
import type { Pid } from '../../supervisor/behaviour.ts';
import { childSpec } from '../../supervisor/child-spec.ts';
import type { Clock } from '../../supervisor/clock.ts';
import { errorOfExit } from '../../supervisor/exit-reason.ts';
import type { Inspector } from '../../supervisor/inspection.ts';
import type { ChildStart } from '../../supervisor/supervision.ts';
import { startChild } from '../../supervisor/supervisor-client.ts';
import { dynamicSupervisor } from '../../supervisor/supervisor-flags.ts';
import { SystemClock } from '../../supervisor/system-clock.ts';
import type { SystemReport } from '../../supervisor/system-node.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import { BinarySchemas } from '../exec-port/binary-schemas.ts';
import type { OpenThread, TransportThread, TurnTransport } from '../turn-transport.ts';
import { checkWorkingDirectory } from '../working-directory.ts';
import { ExecCommand, type ExecCommandOptions } from './exec-command.ts';
import { ExecThread, type ExecThreadHost, type TurnProcess } from './exec-thread.ts';
import {
  defaultExecTurnLimits,
  type ExecProcessEnd,
  type ExecTurnInput,
  type ExecTurnLimits,
  type ExecTurnMessage,
  execTurn,
} from './exec-turn.ts';
import { sweepOutputSchemas } from './output-schema-file.ts';
import { processEndError, type TurnSoFar } from './process-end-error.ts';
import type { SkippedLine } from './running-turn.ts';

/** How turns are run as processes; what is run, is in `ExecCommandOptions`. */
export interface ExecTransportOptions extends ExecCommandOptions {
  /** Times and sizes of each process. Defaults to `defaultExecTurnLimits`. */
  readonly limits?: Partial<ExecTurnLimits>;
  /** Where schema files go. Defaults to the system's temporary folder. */
  readonly temporaryDirectory?: string;
  /** Defaults to real, monotonic time. */
  readonly clock?: Clock;
  /** Milliseconds since the Unix epoch, to compare with the times of files. Defaults to `Date.now`. */
  readonly wallClock?: () => number;
  /** Told of what supervisors and the runtime report. Defaults to nobody. */
  readonly onReport?: (report: SystemReport) => void;
  /** Told of every actor of the tree. Defaults to nobody. */
  readonly inspect?: Inspector;
  readonly telemetry?: TelemetryBus;
}

/** Turns, and so Codex processes, that one transport runs at the same time; the next is refused with `QueueFullError`. */
export const execTurnsMax = 1_000;

/** Place in the tree of the supervisor of all turns. */
export const execTurnsPath = 'turns';

/** Milliseconds beyond a process's own limits that a supervisor waits for it. */
const shutdownMarginMs = 1_000;

/** The options that are one of several words. Only for those is a binary asked which it takes. */
const wordOptions = ['approvalPolicy', 'sandboxMode', 'modelReasoningEffort', 'webSearchMode'] as const;

/**
 * Runs each turn as one `codex exec` process, a temporary child of a supervision tree of its own:
 *
 * ```
 * codex                      one_for_one
 * └─ turns                   dynamic, one child a turn, temporary
 * ```
 *
 * Starts nothing before the first turn. A turn's process is never started again: the turn is reported instead.
 */
export class ExecTransport implements TurnTransport {
  readonly #command: ExecCommand;
  readonly #clock: Clock;
  readonly #limits: ExecTurnLimits;
  readonly #temporaryDirectory: string;
  readonly #options: ExecTransportOptions;
  readonly #schemas: BinarySchemas;
  readonly #busy = new Set<ExecThread>();
  #system: Promise<ActorSystem> | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;

  /** @throws InvalidOptionError for an option that cannot be. */
  constructor(options: ExecTransportOptions = {}) {
    this.#options = options;
    this.#command = new ExecCommand(options);
    this.#clock = options.clock ?? new SystemClock();
    this.#schemas = new BinarySchemas(this.#clock);
    this.#limits = { ...defaultExecTurnLimits, ...options.limits };
    this.#temporaryDirectory = options.temporaryDirectory ?? tmpdir();
  }

  /** @throws InvalidOptionError for options that only the app-server transport has. */
  openThread({ threadId, options }: OpenThread): TransportThread {
    const { historyMode } = options;
    if (historyMode !== undefined)
      throw new InvalidOptionError('historyMode', historyMode, 'left out on the exec transport');
    return new ExecThread(this.#hostOf(options), threadId);
  }

  close({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    for (const thread of [...this.#busy]) void thread.close();
    const system = await this.#system?.catch(() => undefined);
    await system?.stop('shutdown', { timeoutMs });
  }

  #hostOf(options: ThreadOptions): ExecThreadHost {
    return {
      prepare: async (turn, threadId) => {
        await checkWorkingDirectory(options);
        if (wordOptions.some((name) => options[name] !== undefined))
          checkThreadOptions(options, await this.#schemas.acceptedBy(this.#command.binary()));
        return {
          ...this.#command.turn(turn, options, threadId),
          temporaryDirectory: this.#temporaryDirectory,
          limits: this.#limits,
        };
      },
      startTurn: (input) => this.#startTurn(input),
      lineSkipped: (line) => this.#lineSkipped(line),
      processEndError: (end, turn) => this.#processEndError(end, { ...turn, options: { ...options } }),
      busy: (thread) => void this.#busy.add(thread),
      idle: (thread) => void this.#busy.delete(thread),
    };
  }

  async #startTurn(input: ExecTurnInput): Promise<TurnProcess> {
    if (this.#closing !== undefined) throw new ThreadClosedError(null);
    this.#system ??= this.#start();
    const system = await this.#system;
    const turn = childSpec({
      id: 'turn',
      actor: execTurn,
      input,
      restart: 'temporary',
      shutdown: this.#shutdownMs,
    });
    const started = await startChild(system, execTurnsPath, turn);
    if (!started.ok) throw startFailure(started);
    const { pid } = started;
    if (pid === undefined) throw new ThreadClosedError(null);
    return { interrupt: () => system.cast(pid, { type: 'exec.interrupt' }) };
  }

  #start(): Promise<ActorSystem> {
    const { wallClock = Date.now, onReport, inspect } = this.#options;
    // What a crashed host has left; nobody waits for it.
    void sweepOutputSchemas(this.#temporaryDirectory, wallClock());
    return ActorSystem.start({
      name: 'codex',
      clock: this.#clock,
      ...(onReport === undefined ? {} : { onReport }),
      ...(inspect === undefined ? {} : { inspect }),
      children: [
        childSpec({ id: execTurnsPath, supervisor: dynamicSupervisor({ maxChildren: execTurnsMax }) }),
      ],
    });
  }

  get #shutdownMs(): number {
    const { exitGraceMs, interruptGraceMs, termGraceMs, killGraceMs } = this.#limits;
    return exitGraceMs + interruptGraceMs + termGraceMs + killGraceMs + shutdownMarginMs;
  }

  #lineSkipped({ why, lineBytes }: SkippedLine): void {
    this.#options.telemetry?.publish('port.line_skipped', () => ({
      path: `codex/${execTurnsPath}`,
      pid: null,
      lineBytes,
      why,
    }));
  }

  #processEndError(end: ExecProcessEnd, turn: TurnSoFar): Error {
    if (end.kind !== 'exited') return processEndError(end, turn);
    return processEndError({ ...end, stderrTail: this.#command.redact(end.stderrTail) }, turn);
  }
}

function startFailure(started: ChildStart<Pid<ExecTurnMessage>> & { readonly ok: false }): Error {
  if (started.error === 'max_children') return new QueueFullError('turns of all threads', execTurnsMax);
  const reason = started.error === 'start_error' ? started.reason : started.error;
  const error = started.error === 'start_error' ? errorOfExit(started.reason) : undefined;
  return error instanceof Error ? error : new ThreadClosedError(null, { cause: reason });
}
