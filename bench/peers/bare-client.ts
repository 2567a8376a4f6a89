import { type ChildProcess, spawn } from 'node:child_process';

/** What the bare client is told about one line from the server. */
type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly threadId?: string; readonly delta?: string };
  readonly result?: Record<string, never>;
  readonly error?: { readonly message: string };
};

/**
 * The least code that can run a Codex turn: one `codex app-server`, one line splitter, one id table. No supervision, no
 * deadline, no bound, no recovery. It is the limit the runtime is measured against, not something to use.
 */
export class BareClient {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, (message: Message) => void>();
  readonly #turns = new Map<string, () => void>();
  #nextId = 1;
  #rest = '';
  deltas = 0;

  constructor(executable: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    // In a session of its own, as the runtime starts it: Linux shares the processors out by session, so that two clients whose
    // processes are in different ones would be compared by how crowded these are.
    this.#child = spawn(executable, args, { env, stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    this.#child.stdout?.setEncoding('utf8');
    this.#child.stdout?.on('data', (chunk: string) => this.#read(chunk));
  }

  /** Process id of its Codex; throws when that has not started. */
  get codexPid(): number {
    if (this.#child.pid === undefined) throw new Error('Codex has not started');
    return this.#child.pid;
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#dispatch(JSON.parse(line));
  }

  #dispatch(message: Message): void {
    if (message.method === undefined) {
      if (message.id !== undefined) {
        this.#pending.get(message.id)?.(message);
        this.#pending.delete(message.id);
      }
    } else if (message.method === 'item/agentMessage/delta') {
      this.deltas += 1;
    } else if (message.method === 'turn/completed' && message.params?.threadId !== undefined) {
      this.#turns.get(message.params.threadId)?.();
    }
  }

  request(method: string, params: unknown): Promise<unknown> {
    const id = this.#nextId++;
    this.#child.stdin?.write(`${JSON.stringify({ id, method, params })}\n`);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, (message) =>
        message.error ? reject(new Error(message.error.message)) : resolve(message.result),
      );
    });
  }

  /** @param optOutNotificationMethods What Codex is asked not to send: each line that it sends costs it as much as the client. */
  async initialize(optOutNotificationMethods: readonly string[]): Promise<void> {
    await this.request('initialize', {
      clientInfo: { name: 'bare', title: 'Bare', version: '0' },
      capabilities: { experimentalApi: true, optOutNotificationMethods },
    });
  }

  async startThread(params: Readonly<Record<string, unknown>>): Promise<string> {
    const result = await this.request('thread/start', params);
    return (result as { thread: { id: string } }).thread.id;
  }

  /** Runs one turn to its `turn/completed`. */
  async run(threadId: string, text: string): Promise<void> {
    const completed = new Promise<void>((resolve) => this.#turns.set(threadId, resolve));
    await this.request('turn/start', { threadId, input: [{ type: 'text', text, text_elements: [] }] });
    await completed;
  }

  close(): Promise<void> {
    const exited = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.stdin?.end();
    return exited;
  }
}
