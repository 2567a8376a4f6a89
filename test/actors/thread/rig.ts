import {
  AppServerTransport,
  type AppServerTransportOptions,
} from '../../../src/actors/app-server-transport.ts';
import type { ThreadOptions } from '../../../src/protocol/thread-options.ts';
import {
  type CodexHome,
  createCodexHome,
  homeMarkVariable,
  processesLeft,
  ScriptedModel,
} from '../../../src/testing/index.ts';
import { Thread } from '../../../src/thread.ts';
import type { AnswerRelay } from './answer-relay.ts';

/** What a rig may be told besides the options of its transport. */
interface RigOptions extends Partial<AppServerTransportOptions> {
  /** Stands before the binary; its owner closes it. */
  readonly relay?: AnswerRelay;
  /** Further configuration of the Codex process; a function is given the model's URL. */
  readonly portConfig?: Record<string, unknown> | ((modelUrl: string) => Record<string, unknown>);
}

/** A scripted model, a hermetic home and a transport on the real binary, for the tests of one file. */
export class Rig implements AsyncDisposable {
  readonly model: ScriptedModel;
  readonly home: CodexHome;
  readonly transport: AppServerTransport;

  private constructor(model: ScriptedModel, home: CodexHome, transport: AppServerTransport) {
    this.model = model;
    this.home = home;
    this.transport = transport;
  }

  static async start({ portConfig, relay, ...options }: RigOptions = {}): Promise<Rig> {
    const model = await ScriptedModel.start();
    const home = await createCodexHome({ model });
    const config = typeof portConfig === 'function' ? portConfig(model.url) : portConfig;
    const codexPathOverride = relay?.executable ?? home.executable;
    const env = relay?.environment(home) ?? home.env;
    const { telemetry } = options;
    const port = { codexPathOverride, env, profile: 'lean' as const, config, telemetry };
    return new Rig(model, home, new AppServerTransport({ port, ...options }));
  }

  /** Another Codex process on the same home; closing it leaves home and model to their owner. */
  static async startIn(
    home: CodexHome,
    model: ScriptedModel,
  ): Promise<{ thread: Rig['thread'] } & AsyncDisposable> {
    const port = { codexPathOverride: home.executable, env: home.env, profile: 'lean' as const };
    const rig = new Rig(model, home, new AppServerTransport({ port }));
    return {
      thread: (threadId, options) => rig.thread(threadId, options),
      [Symbol.asyncDispose]: () => rig.transport.close({ timeoutMs: 10_000 }),
    };
  }

  thread(threadId: string | null = null, options: ThreadOptions = {}): Thread {
    const { workingDirectory } = this.home;
    const shared = { workingDirectory, model: 'gpt-5.5', approvalPolicy: 'never' } as const;
    return new Thread(this.transport.openThread({ threadId, options: { ...shared, ...options } }));
  }

  /** Process id of the live Codex process. */
  async pid(): Promise<number> {
    return (await this.transport.portInfo()).pid;
  }

  /** Kills the live Codex process with SIGKILL. */
  async killPort(): Promise<void> {
    process.kill(await this.pid(), 'SIGKILL');
  }

  /** Closes everything and resolves with the processes that are left. */
  async close(): Promise<readonly unknown[]> {
    await this.transport.close({ timeoutMs: 10_000 });
    const left = await processesLeft(homeMarkVariable, this.home.mark, { withinMs: 2_000 });
    await this.model.close();
    await this.home.dispose();
    return left;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
