import { nanoid } from 'nanoid';
import type { AutoRunResult } from './actors/auto-run/auto-run-result.ts';
import { ConfidentialSink } from './actors/confidential-sink.ts';
import type { GoalRequest } from './actors/thread/goal-watch.ts';
import type { QueuedTurn } from './actors/thread-operations/thread-queue.ts';
import { TurnCollector, type TurnResult } from './actors/turn-collector.ts';
import type { TurnDoubt } from './actors/turn-doubt.ts';
import type { TurnEvent } from './actors/turn-event-queue.ts';
import type { TurnRequest } from './actors/turn-request.ts';
import type { TurnControl } from './actors/turn-sink.ts';
import { TurnStream } from './actors/turn-stream.ts';
import type { LiveTransportThread, TransportThread } from './actors/turn-transport.ts';
import { attachedTurn } from './attached-turn.ts';
import { type AutoRunOptions, autoRunPlan } from './auto-run.ts';
import type { Attachment } from './files/attachments/attachment.ts';
import {
  attach,
  checkAttachments,
  stagedOf,
  type TurnAttachment,
  type WithAttachments,
} from './files/attachments/turn-attachments.ts';
import { withAttachments } from './files/attachments/turn-input.ts';
import type { FileStore } from './files/file-store.ts';
import { type GoalRunOptions, type GoalRunResult, runGoal } from './goal-run.ts';
import type { SteerResult, ThreadStatus } from './machines/thread-machine.ts';
import type { RunResult, ThreadEvent } from './official-types.ts';
import { OperableThread } from './operable-thread.ts';
import { InvalidOptionError } from './protocol/errors/call-errors.ts';
import { checkTurnOptions, outputSchemaOf } from './protocol/option-checks.ts';
import { checkOptionNames } from './protocol/option-names.ts';
import type { OutputOf, OutputSchema } from './protocol/structured-output/output-format.ts';
import type { TurnOptions } from './protocol/thread-options.ts';
import type { TurnTask } from './protocol/turn-task.ts';
import { type Input, promptAndImages } from './protocol/user-input.ts';
import {
  isStructured,
  runStructured,
  type StructuredTurnOptions,
  type StructuredTurnResult,
} from './structured-turn.ts';
import { holdEventLoop } from './supervisor/event-loop.ts';
import {
  runOptionNames,
  type StreamedTurnOptions,
  streamedTurnOptionNames,
  turnOptionNames,
} from './turn-options.ts';

/** What `runStreamed` resolves to. */
export interface StreamedTurn<Event = ThreadEvent> {
  /** Cold: the turn starts with the first `next()`. Leaving the loop interrupts it. */
  readonly events: AsyncGenerator<Event, undefined, undefined>;
}

/** What a thread has of files. */
export interface ThreadFiles {
  readonly store: FileStore;
  /** What every turn of the thread is given. */
  readonly attachments: readonly TurnAttachment[];
}

/** Attachments that a thread remembers; the oldest are forgotten first. */
const attachmentsRememberedMax = 1_000;

/** The official SDK's name for what `runStreamed` resolves to. */
export type RunStreamedResult = StreamedTurn;

/**
 * A conversation with Codex: turns run one after the other, each sees the ones before. Made by `Codex`; starts nothing by itself.
 *
 * @example
 * const thread = codex.startThread({ workingDirectory: '/srv/app' });
 * const { finalResponse } = await thread.run('Why does the build fail?');
 */
export class Thread extends OperableThread<Thread> {
  readonly #thread: TransportThread;
  /** What the Codex was told in confidence is in no error of its turns. */
  readonly #withoutSecrets: (text: string) => string;

  readonly #files: ThreadFiles | undefined;
  /** By id, in the order of the turns that had them last. */
  readonly #attachments = new Map<string, Attachment>();

  /** @internal */
  constructor(thread: TransportThread, files?: ThreadFiles, withoutSecrets = (text: string) => text) {
    super();
    this.#thread = thread;
    this.#files = files;
    this.#withoutSecrets = withoutSecrets;
  }

  /** What its turns were given through this object, each file once, the latest last; at most 1,000. */
  get attachments(): readonly Attachment[] {
    return [...this.#attachments.values()];
  }

  /** Codex's id of the thread, to resume it with; null until its first turn has begun. */
  get id(): string | null {
    return this.#thread.id;
  }

  /**
   * Whether the thread, or its whole Codex, was closed: it takes no more turns.
   *
   * @throws InvalidOptionError on the exec transport, where only turns are open or closed.
   */
  get closed(): boolean {
    return this.#live().closed;
  }

  /**
   * Runs a turn to its end. A thread runs one turn at a time: a turn that is asked for meanwhile waits.
   *
   * Rejects with `TurnFailedError` (Codex's own message) when the turn failed, `AbortError` when `signal` aborted,
   * `TurnInterruptedError` when it was interrupted or its process died half-way, `QueueFullError` when too many turns wait,
   * `InvalidOptionError` or `InputTooLargeError` for bad input, `CodexNotFoundError` and the like when Codex cannot run.
   * The thread stays usable after each of them.
   *
   * With `output` the answer is read and checked; one that does not match is asked for again in a further turn (`reasksMax`), then
   * the call rejects with `SchemaMismatchError`.
   *
   * @example const { items, finalResponse, usage } = await thread.run('List the failing tests', { signal: AbortSignal.timeout(60_000) });
   * @example const { output } = await thread.run('Count the tests', { output: z.object({ count: z.number() }) });
   */
  run<Schema extends OutputSchema>(
    input: Input,
    options: StructuredTurnOptions<Schema>,
  ): Promise<StructuredTurnResult<OutputOf<Schema>>>;
  run(input: Input, options?: TurnOptions & WithAttachments): Promise<RunResult>;
  async run(
    input: Input,
    options: (TurnOptions & WithAttachments) | StructuredTurnOptions<OutputSchema> = {},
  ): Promise<TurnResult> {
    checkOptionNames('run', options, runOptionNames);
    if (!isStructured(options)) return this.#run(input, options);
    using _hold = this.#heldBetweenTurns(options);
    return await runStructured((next, turnOptions) => this.#run(next, turnOptions), input, options);
  }

  async #run(input: Input, options: TurnOptions & WithAttachments): Promise<TurnResult> {
    const { control, signal } = this.#prepare(input, options);
    return new TurnCollector({ control, signal }).run();
  }

  /**
   * Runs a turn and streams its events as they happen: first `thread.started`, last `turn.completed` or `turn.failed`.
   *
   * Rejects for bad input. The stream throws what `run` rejects with, except that a failed turn ends with the event `turn.failed`.
   * A slow reader costs bounded memory: adjacent deltas are joined, and nothing that ends an item or the turn is lost.
   *
   * @example
   * const { events } = await thread.runStreamed('Fix the build', { includeDeltas: true });
   * for await (const event of events) if (event.type === 'item.delta') process.stdout.write(event.delta);
   */
  runStreamed(
    input: Input,
    options: StreamedTurnOptions & { readonly includeDeltas: boolean },
  ): Promise<StreamedTurn<TurnEvent>>;
  runStreamed(input: Input, options?: TurnOptions & WithAttachments): Promise<StreamedTurn>;
  async runStreamed(input: Input, options: StreamedTurnOptions = {}): Promise<StreamedTurn<TurnEvent>> {
    if (isStructured(options))
      throw new InvalidOptionError(
        'output',
        options.output,
        'left out of a stream: use run, or outputSchema',
      );
    checkOptionNames('runStreamed', options, streamedTurnOptionNames);
    const { control, signal } = this.#prepare(input, options);
    return { events: new TurnStream({ control, signal, includeDeltas: options.includeDeltas === true }) };
  }

  /**
   * Runs turns one after the other until the work is done, or a limit is reached: `until` decides, `continueWith` says how to go on. What
   * fails in passing, and a process that dies, is followed by another attempt on the same thread.
   *
   * Never rejects once it has begun: look at `status` of the result (`done`, `exhausted`, `failed`, `interrupted`).
   * Rejects with `InvalidOptionError` or `InputTooLargeError` for what cannot be, before anything is sent.
   *
   * @example
   * const run = await thread.runAuto('Make the tests pass', { until: ({ finalResponse }) => finalResponse.includes('ALL GREEN') });
   * if (run.status !== 'done') console.error(run.error);
   */
  async runAuto(input: Input, options: AutoRunOptions = {}): Promise<AutoRunResult> {
    const turn = (next: Input, turnOptions: TurnOptions & WithAttachments, doubt?: TurnDoubt) =>
      this.#prepare(next, turnOptions, { isTriedOnce: true, ...(doubt === undefined ? {} : { doubt }) });
    const plan = autoRunPlan(input, options, turn);
    const live = this.#live();
    using _hold = this.#heldBetweenTurns(options);
    return await live.runAuto(plan);
  }

  /**
   * Lets Codex pursue a goal by itself, turn after turn, until it is complete, blocked, or has spent its budget; for you it is one turn.
   * What fails in passing, and a process that dies, is followed by another attempt that goes on with the goal.
   *
   * Never rejects once it has begun, as `runAuto`; `goal` of the result says how the goal stands. A goal that ends early is paused.
   * Rejects with `InvalidOptionError` for what cannot be, also for a missing budget, before anything is sent. The lean profile has no goals
   * unless `config: { features: { goals: true } }` says so.
   *
   * @example
   * const { status, goal } = await thread.runGoal('No test fails any more', { tokenBudget: 200_000 });
   */
  async runGoal(objective: string, options: GoalRunOptions): Promise<GoalRunResult> {
    const turn = (goal: GoalRequest) => this.#prepare(goal.objective, {}, { isTriedOnce: true, goal });
    using _hold = this.#heldBetweenTurns({});
    return await runGoal(objective, options, turn, (plan) => this.#live().runAuto(plan));
  }

  /**
   * Gives the running turn further input, which the model gets as soon as it can take it.
   *
   * Resolves with `no_active_turn` when none runs. Rejects with `RpcError` when Codex refuses, `PortExitError`, `TurnInterruptedError` or
   * `ThreadClosedError` when what runs ends meanwhile, `RequestTimeoutError` after 60 s, `InvalidOptionError` on the exec transport, which
   * cannot steer.
   */
  async steer(input: Input): Promise<SteerResult> {
    promptAndImages(input);
    return this.#live().steer(input);
  }

  /**
   * Ends the running turn with `TurnInterruptedError`; waiting turns go on. Nothing happens when none runs.
   *
   * @throws InvalidOptionError on the exec transport: abort the turn's signal there.
   */
  interrupt(): void {
    this.#live().interruptRunning();
  }

  /**
   * Calls `changed` whenever the thread changes its state, until the returned function is called. That it is closed for good is told
   * once, as the last; `closed` is also told, and more follows, when a thread that was long unused lets go of Codex.
   *
   * @throws InvalidOptionError on the exec transport, whose threads have no state between turns.
   */
  watch(changed: (status: ThreadStatus) => void): () => void {
    return this.#live().watch(changed);
  }

  /** Ends the running turn, drops waiting ones with `ThreadClosedError`, and lets go of the Codex thread. It can be resumed by its id. */
  close(): Promise<void> {
    return holdEventLoop(this.#thread.close());
  }

  /** @internal */
  protected operable(): LiveTransportThread {
    return this.#live();
  }

  /** @internal */
  protected control(task: TurnTask): TurnControl {
    return this.#controlOf({ messageId: nanoid(), input: '', task });
  }

  /** @internal */
  protected queued(input: Input, options: TurnOptions & WithAttachments): QueuedTurn {
    checkOptionNames('queue.add', options, turnOptionNames);
    const { id, ...turn } = this.#prepare(input, options);
    return { id, result: new TurnCollector(turn).run() };
  }

  /** @internal */
  protected fellow(thread: LiveTransportThread): Thread {
    return new Thread(thread, this.#files, this.#withoutSecrets);
  }

  #controlOf(request: TurnRequest): TurnControl {
    const thread = this.#thread;
    return {
      start: (sink) => thread.start(request, new ConfidentialSink(sink, this.#withoutSecrets)),
      interrupt: () => thread.interrupt(request.messageId),
    };
  }

  #live(): LiveTransportThread {
    const thread = this.#thread;
    if (isLive(thread)) return thread;
    throw new InvalidOptionError('transport', 'exec', "'app-server' for all but running turns");
  }

  #prepare(
    input: Input,
    options: TurnOptions & WithAttachments,
    further: Pick<TurnRequest, 'isTriedOnce' | 'goal' | 'doubt'> = {},
  ): { id: string; control: TurnControl; signal: AbortSignal | undefined } {
    const attachments = this.#attachmentsOf(options);
    const whole = withAttachments(input, attachments);
    // Bad input fails at the call, before anything waits for its turn.
    promptAndImages(whole);
    checkTurnOptions(options);
    const { signal, cyberAccessProgram } = options;
    const outputSchema = outputSchemaOf(options);
    const request: TurnRequest = {
      messageId: nanoid(),
      input: whole,
      ...further,
      ...(outputSchema === undefined ? {} : { outputSchema }),
      ...(cyberAccessProgram === undefined ? {} : { cyberAccessProgram }),
      ...(attachments.length === 0 ? {} : { attachments: attachments.map(stagedOf) }),
    };
    const turn = this.#controlOf(request);
    const control: TurnControl = {
      start: (sink) => {
        turn.start(sink);
        for (const one of attachments) this.#remember(stagedOf(one));
      },
      interrupt: () => turn.interrupt(),
    };
    return { id: request.messageId, control: this.#attached(control, attachments), signal };
  }

  #attached(control: TurnControl, attachments: readonly TurnAttachment[]): TurnControl {
    if (attachments.length === 0) return control;
    if (this.#files !== undefined) return attachedTurn(control, this.#files.store, attachments);
    throw new InvalidOptionError('attachments', attachments, 'left out on a thread without a store of files');
  }

  /** Each turn holds its files, but between the turns of a run nobody would. One that has gone already is for the first turn to tell. */
  #heldBetweenTurns(options: WithAttachments): Disposable | null {
    const attachments = this.#attachmentsOf(options);
    if (attachments.length === 0) return null;
    try {
      return this.#files?.store.hold(attachments) ?? null;
    } catch {
      return null;
    }
  }

  /** Those of the thread, less the temporary ones that have been given up, then those of the turn. */
  #attachmentsOf(options: WithAttachments): readonly TurnAttachment[] {
    checkAttachments(options.attachments);
    const own = (this.#files?.attachments ?? []).filter((one) => !('attachment' in one && one.isReleased));
    return attach({ attachments: own }, ...(options.attachments ?? [])).attachments;
  }

  #remember(attachment: Attachment): void {
    this.#attachments.delete(attachment.id);
    this.#attachments.set(attachment.id, attachment);
    const [oldest] = this.#attachments.keys();
    if (this.#attachments.size > attachmentsRememberedMax && oldest !== undefined)
      this.#attachments.delete(oldest);
  }
}

function isLive(thread: TransportThread): thread is LiveTransportThread {
  return 'steer' in thread;
}
