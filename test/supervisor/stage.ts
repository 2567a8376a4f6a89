import { ActorSystem, type ActorSystemOptions } from '../../src/supervisor/actor-system.ts';
import type { ActorContext, ActorInstance, Behaviour } from '../../src/supervisor/behaviour.ts';
import type { ChildSpec } from '../../src/supervisor/checked-spec.ts';
import { type ChildOptions, childSpec } from '../../src/supervisor/child-spec.ts';
import { ExitRequest } from '../../src/supervisor/errors.ts';
import type { DownReason, ExitReason } from '../../src/supervisor/exit-reason.ts';
import { whichChildren } from '../../src/supervisor/supervisor-client.ts';
import type { SystemReport } from '../../src/supervisor/system-node.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

/** What a scripted child does at its starts, in order, and `ok` from then on. */
export type StartScript = readonly ('ok' | 'fail' | 'ignore')[];

/** How a scripted child takes the wish that it stops: ends as asked, never, with another reason, or only after some time. */
export type StopScript = 'ok' | 'hang' | { readonly exit: ExitReason } | { readonly afterMs: number };

export interface ScriptedOptions extends Partial<Omit<ChildOptions, 'id'>> {
  readonly starts?: StartScript;
  readonly onStop?: StopScript;
}

interface EndMessage {
  readonly type: 'end';
  readonly reason: ExitReason;
}

/** A tree of scripted children in virtual time, with a log of what they did: `+a` started, `-a reason` ended, `!a` failed to start. */
export class Stage {
  readonly clock = new SimulatedClock();
  readonly log: string[] = [];
  readonly reports: string[] = [];
  readonly live = new Map<string, number>();
  readonly #attempts = new Map<string, number>();
  #system: ActorSystem | undefined = undefined;

  get system(): ActorSystem {
    if (this.#system === undefined) throw new Error('raise the curtain first');
    return this.#system;
  }

  /** A child that logs and does what it is told. */
  child(id: string, { starts = [], onStop = 'ok', ...options }: ScriptedOptions = {}): ChildSpec<EndMessage> {
    return childSpec({ ...options, id, actor: this.#scripted(id, starts, onStop) });
  }

  async start(options: ActorSystemOptions): Promise<ActorSystem> {
    const onReport = (report: SystemReport): void => void this.reports.push(reportText(report));
    this.#system = await ActorSystem.start({ name: 'app', clock: this.clock, onReport, ...options });
    await this.clock.settle();
    return this.#system;
  }

  /** Lets a child end by itself. */
  async end(path: string, reason: ExitReason = { error: 'crash' }): Promise<void> {
    this.system.cast<EndMessage>(path, { type: 'end', reason });
    await this.clock.settle();
  }

  /** Lets children end by themselves, one right after the other, before anybody hears of it. */
  async endTogether(paths: readonly string[], reason: ExitReason = { error: 'crash' }): Promise<void> {
    for (const path of paths) this.system.cast<EndMessage>(path, { type: 'end', reason });
    await this.clock.settle();
  }

  /** What was logged since the last time. */
  takeLog(): string {
    return this.log.splice(0).join(' ');
  }

  /** Waits until something is logged, while others run. */
  async logged(entry: string): Promise<void> {
    while (!this.log.includes(entry)) await new Promise((resolve) => setImmediate(resolve));
  }

  takeReports(): string {
    return this.reports.splice(0).join(' ');
  }

  /** The children of a supervisor in start order: `a`, `b?` for one at rest, `c*` for one that waits for its restart. */
  async children(supervisor = 'app'): Promise<string> {
    const rows = await whichChildren(this.system, supervisor);
    const marks = rows.map(
      ({ id = 'dynamic', pid }) => `${id}${pid === undefined ? '?' : pid === 'restarting' ? '*' : ''}`,
    );
    return marks.reverse().join(' ');
  }

  #scripted(id: string, starts: StartScript, onStop: StopScript): Behaviour<EndMessage> {
    return {
      init: (context) => {
        const attempt = (this.#attempts.get(id) ?? 0) + 1;
        this.#attempts.set(id, attempt);
        const outcome = starts[attempt - 1] ?? 'ok';
        if (outcome === 'ignore') {
          this.log.push(`?${id}`);
          return 'ignore';
        }
        if (outcome === 'fail') {
          this.log.push(`!${id}`);
          throw new ExitRequest({ error: `${id} failed` });
        }
        this.log.push(`+${id}`);
        this.live.set(id, (this.live.get(id) ?? 0) + 1);
        return new Scripted(context, onStop, (reason) => {
          this.log.push(`-${id} ${reasonText(reason)}`);
          this.live.set(id, (this.live.get(id) ?? 0) - 1);
        });
      },
    };
  }
}

class Scripted implements ActorInstance<EndMessage> {
  readonly #context: ActorContext<EndMessage>;
  readonly #onStop: StopScript;
  readonly #ended: (reason: ExitReason) => void;
  #ending = false;
  #cancelEnd: () => void = () => {};

  constructor(context: ActorContext<EndMessage>, onStop: StopScript, ended: (reason: ExitReason) => void) {
    this.#context = context;
    this.#onStop = onStop;
    this.#ended = ended;
  }

  receive(message: EndMessage | { readonly type: 'down' | 'exit' }): void {
    if (message.type !== 'end') return;
    this.#ending = true;
    this.#context.exit(message.reason);
  }

  terminate(reason: ExitReason): void | Promise<void> {
    const onStop = this.#ending ? 'ok' : this.#onStop;
    if (onStop === 'hang') return new Promise(() => {});
    if (onStop === 'ok') return this.#ended(reason);
    if ('afterMs' in onStop) return this.#endLater(onStop.afterMs, reason);
    this.#ended(onStop.exit);
    throw new ExitRequest(onStop.exit);
  }

  kill(reason: ExitReason): void {
    this.#cancelEnd();
    this.#ended(reason);
  }

  #endLater(afterMs: number, reason: ExitReason): Promise<void> {
    const { clock } = this.#context;
    return new Promise((resolve) => {
      const timer = clock.setTimer(afterMs, () => {
        this.#ended(reason);
        resolve();
      });
      this.#cancelEnd = () => clock.cancelTimer(timer);
    });
  }
}

/** A reason as the log shows it: an error is what was thrown. */
export function reasonText(reason: DownReason | 'reached_max_restart_intensity'): string {
  if (typeof reason === 'string') return reason;
  if ('error' in reason) return String(reason.error);
  return `shutdown:${JSON.stringify(reason.shutdown)}`;
}

function reportText(report: SystemReport): string {
  if (!('context' in report)) return report.type;
  const count = 'count' in report && report.count !== undefined ? `x${report.count}` : '';
  return `${report.context}(${report.child.id},${reasonText(report.reason)})${count}`;
}
