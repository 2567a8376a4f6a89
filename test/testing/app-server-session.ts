import { type Message, paramsOf, RecordingClient, textIn } from '../../scripts/fixtures/recording-client.ts';
import {
  type CodexHome,
  createCodexHome,
  type ModelResponse,
  ScriptedModel,
} from '../../src/testing/index.ts';

/** What one turn came to. */
export interface PlayedTurn {
  readonly threadId: string;
  readonly status: string;
  readonly error: Message | null;
  /** All notifications of the thread, from `turn/started` to `turn/completed`. */
  readonly notifications: readonly Message[];
  /** The items that were completed, without the user's own message. */
  readonly items: readonly Message[];
}

/** One scripted model, one hermetic home, one real app-server, for the tests of one file. */
export class AppServerSession implements AsyncDisposable {
  readonly model: ScriptedModel;
  readonly home: CodexHome;
  readonly client: RecordingClient;

  private constructor(model: ScriptedModel, home: CodexHome, client: RecordingClient) {
    this.model = model;
    this.home = home;
    this.client = client;
  }

  static async open(args: readonly string[] = []): Promise<AppServerSession> {
    const model = await ScriptedModel.start();
    const home = await createCodexHome({ model });
    const client = new RecordingClient(home, args);
    await client.initialize();
    return new AppServerSession(model, home, client);
  }

  async startThread(fields: Message = {}): Promise<string> {
    const policy = {
      approvalPolicy: 'never',
      sandbox: 'danger-full-access',
      cwd: this.home.workingDirectory,
    };
    return textIn(await this.client.request('thread/start', { ...policy, ...fields }), 'thread', 'id');
  }

  async startTurn(threadId: string, prompt = 'go'): Promise<string> {
    const input = [{ type: 'text', text: prompt }];
    return textIn(await this.client.request('turn/start', { threadId, input }), 'turn', 'id');
  }

  /** Runs a turn on a thread to its end. */
  async finishTurn(threadId: string, prompt = 'go'): Promise<PlayedTurn> {
    const from = this.client.transcript.length;
    const turnId = await this.startTurn(threadId, prompt);
    return this.turnEnd(threadId, turnId, from);
  }

  /** Waits for the end of a turn that was started when the transcript had `from` lines. */
  async turnEnd(threadId: string, turnId: string, from: number): Promise<PlayedTurn> {
    const end = await this.client.seen(
      (message) => message.method === 'turn/completed' && textIn(message, 'params', 'turn', 'id') === turnId,
      from,
    );
    const notifications = this.client.transcript
      .slice(from)
      .filter((line) => line.dir === '<' && paramsOf(line.message).threadId === threadId)
      .map((line) => line.message);
    const items = notifications.flatMap((message) => {
      const { item } = paramsOf(message);
      const completed =
        message.method === 'item/completed' && paramsOf({ params: item }).type !== 'userMessage';
      return completed ? [paramsOf({ params: item })] : [];
    });
    const turn = paramsOf({ params: paramsOf(end).turn });
    const error = turn.error === null ? null : paramsOf({ params: turn.error });
    return { threadId, status: textIn(turn, 'status'), error, notifications, items };
  }

  /** Runs one turn on a new thread, with these responses from the queue. */
  async play(...responses: readonly ModelResponse[]): Promise<PlayedTurn> {
    this.model.enqueue(...responses);
    return this.finishTurn(await this.startThread());
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.model.close();
    await this.home.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The deltas of a turn's assistant messages, in order. */
export function deltasOf(turn: PlayedTurn): string[] {
  return turn.notifications
    .filter((message) => message.method === 'item/agentMessage/delta')
    .map((message) => textIn(message, 'params', 'delta'));
}
