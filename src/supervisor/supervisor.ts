import type {
  ActorContext,
  ActorInstance,
  Behaviour,
  DownMessage,
  ExitMessage,
  Pid,
  ReplyTo,
} from './behaviour.ts';
import type { SupervisorFlags } from './checked-spec.ts';
import type { ChildRecord } from './child-record.ts';
import { checkChildToStart } from './child-spec-check.ts';
import { DynamicSupervision } from './dynamic-supervision.ts';
import { ExitRequest } from './errors.ts';
import type { ExitReason } from './exit-reason.ts';
import { checkObject, InvalidOptionError } from './invalid-option.ts';
import { Process } from './process.ts';
import { MessageSignal, TrappedExit } from './signals.ts';
import { StaticSupervision } from './static-supervision.ts';
import { stopProcesses } from './stop-process.ts';
import type { Continuation, InitResult, Supervision } from './supervision.ts';
import type { Answer, Effect, Steps } from './supervisor-effects.ts';
import { checkFlags } from './supervisor-flags.ts';
import type { SupervisorHost } from './supervisor-host.ts';
import type { SupervisorMessage } from './supervisor-messages.ts';

/** A value that may take time. */
type Eventually<T> = T | Promise<T>;

/** The message of a supervisor to itself: try a failed restart again, after what waits already. Never dropped for want of room. */
class Retry {
  readonly child: ChildRecord<Process>;

  constructor(child: ChildRecord<Process>) {
    this.child = child;
  }
}

/**
 * The actor that a supervisor is: performs what its algorithm decides, one message at a time. While a child's start or stop takes
 * time it is busy, and its mailbox waits.
 */
export function supervisorBehaviour(
  host: SupervisorHost,
  flags: SupervisorFlags,
): Behaviour<SupervisorMessage, unknown> {
  return {
    init(context) {
      const supervisor = new Supervisor(host, flags, context);
      const started = supervisor.start();
      return started instanceof Promise ? started.then(() => supervisor) : supervisor;
    },
  };
}

class Supervisor implements ActorInstance<SupervisorMessage | ExitMessage | Retry> {
  readonly #host: SupervisorHost;
  readonly #context: ActorContext<SupervisorMessage>;
  readonly #self: Process;
  /** What the paths of all its children begin with. */
  readonly #pathBefore: string;
  readonly #supervision: Supervision<Process>;

  constructor(host: SupervisorHost, flags: SupervisorFlags, context: ActorContext<SupervisorMessage>) {
    this.#host = host;
    this.#context = context;
    this.#self = ownProcess(context);
    this.#pathBefore = `${this.#self.path}/`;
    this.#supervision =
      flags.kind === 'static'
        ? new StaticSupervision(flags, isAlive)
        : new DynamicSupervision(flags, isAlive);
  }

  start(): Eventually<void> {
    this.#host.observer?.starting(this.#self);
    const steps = this.#supervision.init?.();
    return steps === undefined
      ? this.#started({ ok: true })
      : eventually(this.#run(steps), (result) => this.#started(result));
  }

  receive(
    message: SupervisorMessage | ExitMessage | DownMessage | Retry,
    replyTo: ReplyTo | undefined,
  ): Eventually<void> {
    if (message instanceof Retry) {
      return this.#decide(this.#supervision.retry(message.child, this.#context.clock.now()));
    }
    return isExit(message) ? this.#childExited(message) : this.#request(message, replyTo);
  }

  terminate(reason: ExitReason): Eventually<void> {
    this.#host.observer?.stopping(this.#self, reason);
    return this.#run(this.#supervision.stop());
  }

  #started(result: InitResult): void {
    if (result.ok) {
      this.#host.observer?.started(this.#self);
      return;
    }
    this.#host.observer?.startFailed(this.#self, result.reason);
    throw new ExitRequest(result.reason);
  }

  #childExited({ from, reason }: ExitMessage): Eventually<void> {
    if (!(from instanceof Process) || reason === 'noproc') return;
    return this.#decide(this.#supervision.exited(from, reason, this.#context.clock.now()));
  }

  #decide(steps: Steps<Process, Continuation>): Eventually<void> {
    return eventually(this.#run(steps), (continuation) => {
      if (continuation === 'give_up') this.#context.exit('shutdown');
    });
  }

  #request(request: SupervisorMessage | DownMessage, replyTo: ReplyTo | undefined): Eventually<void> {
    try {
      const answer = this.#answer(request);
      const result = isSteps(answer) ? this.#run(answer) : answer;
      // No closure where nothing is to be waited for: a start of a child is mostly such a request.
      if (result instanceof Promise) return result.then((late) => replyTo?.reply(late));
      replyTo?.reply(result);
    } catch (error) {
      // A wrong request is its sender's mistake, and must not end the supervisor.
      if (!(error instanceof InvalidOptionError)) throw error;
      replyTo?.fail(error);
    }
  }

  #answer(request: SupervisorMessage | DownMessage): object {
    const supervision = this.#supervision;
    checkObject('message', request, requestsAccepted);
    switch (request.type) {
      case 'supervisor.startChild':
        checkChildToStart(request.child);
        return supervision.startChild(supervision.specOf(request.child));
      case 'supervisor.terminateChild':
        return supervision.terminateChild(targetOf(request.target));
      case 'supervisor.restartChild':
        return supervision.restartChild?.(request.id) ?? noIds;
      case 'supervisor.deleteChild':
        return supervision.deleteChild?.(request.id) ?? noIds;
      case 'supervisor.whichChildren':
        return supervision.whichChildren();
      case 'supervisor.countChildren':
        return supervision.countChildren();
      case 'supervisor.getChildSpec':
        return supervision.getChildSpec(targetOf(request.target));
      case 'supervisor.updateSpecs':
        checkFlags('flags', request.flags);
        supervision.update(request.flags);
        return { ok: true };
      default:
        throw new InvalidOptionError('message', request, requestsAccepted);
    }
  }

  /** Runs the steps to their end; without a promise when everything they ask for happens at once. */
  #run<Decision>(steps: Steps<Process, Decision>): Eventually<Decision> {
    let step = steps.next();
    while (!step.done) {
      const answer = this.#perform(step.value);
      if (answer instanceof Promise) return this.#runLater(steps, answer);
      step = steps.next(answer);
    }
    return step.value;
  }

  async #runLater<Decision>(
    steps: Steps<Process, Decision>,
    first: PromiseLike<Answer<Process>>,
  ): Promise<Decision> {
    let step = steps.next(await first);
    while (!step.done) step = steps.next(await this.#perform(step.value));
    return step.value;
  }

  #perform(effect: Effect<Process>): Eventually<Answer<Process>> {
    switch (effect.type) {
      case 'start':
        return this.#host.start(this.#self, effect.child, this.#pathBefore + effect.child.name);
      case 'stop':
        return eventually(stopProcesses([effect.order], this.#context.clock), ([reason = 'noproc']) => ({
          type: 'stopped',
          reason,
        }));
      case 'stopTogether':
        return eventually(stopProcesses(effect.orders, this.#context.clock), (reasons) => ({
          type: 'stoppedTogether',
          reasons,
        }));
      case 'report':
        this.#host.report({ ...effect.report, supervisor: this.#self.path });
        return { type: 'done' };
      case 'retry':
        this.#self.signal(new MessageSignal(new Retry(effect.child)));
        return { type: 'done' };
    }
  }
}

const requestsAccepted = 'a request to a supervisor, see SupervisorMessage';

/** Where children are not known by ids, nothing can be done by id. */
const noIds = { ok: false, error: 'simple_one_for_one' } as const;

function eventually<A, B>(value: Eventually<A>, map: (value: A) => B): Eventually<B> {
  return value instanceof Promise ? value.then(map) : map(value);
}

function isAlive(process: Process): boolean {
  return !process.isDead;
}

function ownProcess({ self }: ActorContext<SupervisorMessage>): Process {
  if (self instanceof Process) return self;
  throw new TypeError('A supervisor runs only in the runtime of its own copy of the package.');
}

/** A pid as the algorithm knows it. A foreign object is nobody's child, as an unknown name is. */
function targetOf(target: string | Pid): string | Process {
  return typeof target === 'string' || target instanceof Process ? target : '';
}

/** Anybody may send a supervisor anything. */
function isExit(message: unknown): message is ExitMessage {
  return message instanceof TrappedExit;
}

function isSteps(answer: object): answer is Steps<Process, unknown> {
  return 'next' in answer;
}
