import { ApprovalDesk, type ApprovalOptions } from '../../../src/actors/approvals/approval-desk.ts';
import type { ApprovalNews } from '../../../src/actors/approvals/approval-journal.ts';
import type { SettledApproval } from '../../../src/actors/approvals/approval-messages.ts';
import type { ThreadApprovals } from '../../../src/actors/approvals/thread-approvals.ts';
import type { PortConnection } from '../../../src/actors/exec-port/port-connection.ts';
import type { ServerRequestAnswer } from '../../../src/actors/exec-port/thread-route.ts';
import { acceptedValues0169 } from '../../../src/protocol/accepted-values.ts';
import { ActorSystem } from '../../../src/supervisor/actor-system.ts';
import type { Behaviour } from '../../../src/supervisor/behaviour.ts';
import { childSpec } from '../../../src/supervisor/child-spec.ts';
import { TelemetryBus } from '../../../src/telemetry/telemetry-bus.ts';
import { SimulatedClock } from '../../../src/testing/simulated-clock.ts';
import { questions } from '../../protocol/approvals/requests.ts';

/** What Codex is told when a command, or a change, is declined or accepted. */
export const declined = [{ result: { decision: 'decline' } }];
export const accepted = [{ result: { decision: 'accept' } }];

/** Stands for a port: something whose end can be seen, and that ends when it is told to. */
const port: Behaviour<'end'> = {
  init: (context) => ({ receive: () => context.exit('normal') }),
};

const connection: PortConnection = {
  address: 'port',
  request: () => Promise.reject(new Error('not asked for here')),
  attach: () => undefined,
  detach: () => undefined,
  acceptedValues: () => Promise.resolve(acceptedValues0169),
  hold: () => () => undefined,
};

/** A question that Codex has asked. */
export interface AskedQuestion {
  readonly id: number;
  /** What Codex was told. */
  readonly answers: readonly ServerRequestAnswer[];
  /** Whether it was taken as an approval. */
  readonly taken: boolean;
  readonly thread: ThreadApprovals;
}

/** The desk in a tree of its own, in virtual time, without a Codex. */
export class DeskBench {
  readonly clock = new SimulatedClock();
  readonly news: ApprovalNews[] = [];
  readonly warnings: string[] = [];
  readonly telemetry = new TelemetryBus({ clock: this.clock });
  readonly desk: ApprovalDesk;
  #system: ActorSystem | null = null;
  #asked = 0;

  private constructor(options: ApprovalOptions) {
    const { clock, telemetry } = this;
    const running = () => (this.#system === null ? null : Promise.resolve(this.#system));
    const warn = (message: string) => void this.warnings.push(message);
    this.desk = new ApprovalDesk({ warn, ...options }, { clock, telemetry, running });
    this.desk.queue.subscribe((one) => this.news.push(one));
  }

  static async start(options: ApprovalOptions = {}): Promise<DeskBench> {
    const bench = new DeskBench(options);
    bench.#system = await ActorSystem.start({
      name: 'codex',
      clock: bench.clock,
      children: [childSpec({ id: 'port', actor: port, restart: 'temporary' }), bench.desk.child()],
    });
    return bench;
  }

  get system(): ActorSystem {
    if (this.#system === null) throw new TypeError('The bench has not started.');
    return this.#system;
  }

  /** The approvals that have ended. */
  get settled(): readonly SettledApproval[] {
    return this.news.flatMap((one) => (one.type === 'settled' ? [one.approval] : []));
  }

  /** Codex asks a question of those in `questions`, or of any other method. */
  ask(name: string, options: { readonly threadId?: string; readonly params?: object } = {}): AskedQuestion {
    const { threadId = 'thread', params } = options;
    const answers: ServerRequestAnswer[] = [];
    const thread = this.desk.attach(this.system, { port: connection, threadId, policy: undefined });
    this.#asked += 1;
    const id = this.#asked;
    const question = questions[name] ?? { method: name, params: {} };
    const request = { id, method: question.method, params: { ...question.params, threadId, ...params } };
    const taken = thread.request(
      request,
      (answer) => answers.push(answer),
      () => undefined,
    );
    return { id, answers, taken, thread };
  }

  /** Lets everything that is under way come to rest. */
  rest(): Promise<void> {
    return this.clock.advance(0);
  }

  async stop(): Promise<void> {
    await this.system.stop();
    await this.desk.close();
  }
}
