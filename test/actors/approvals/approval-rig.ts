import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { type AppServerThread, AppServerTransport } from '../../../src/actors/app-server-transport.ts';
import type { ApprovalOptions } from '../../../src/actors/approvals/approval-desk.ts';
import type { ApprovalNews } from '../../../src/actors/approvals/approval-journal.ts';
import type { PendingApproval, SettledApproval } from '../../../src/actors/approvals/approval-messages.ts';
import type { ApprovalQueue } from '../../../src/actors/approvals/approval-queue.ts';
import type { ApprovalPolicy } from '../../../src/actors/approvals/policies/approval-policy.ts';
import { TurnCollector, type TurnResult } from '../../../src/actors/turn-collector.ts';
import type { TurnControl } from '../../../src/actors/turn-sink.ts';
import type { ApprovalKind } from '../../../src/protocol/approvals/approval-request.ts';
import type { ThreadOptions } from '../../../src/protocol/thread-options.ts';
import type { Clock } from '../../../src/supervisor/clock.ts';
import {
  type CodexHome,
  createCodexHome,
  homeMarkVariable,
  processesLeft,
  ScriptedModel,
} from '../../../src/testing/index.ts';

/** Runs turns on a thread of the transport, one at a time. */
export class AskingThread {
  readonly #thread: AppServerThread;
  #turns = 0;

  constructor(thread: AppServerThread) {
    this.#thread = thread;
  }

  run(input: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<TurnResult> {
    this.#turns += 1;
    const messageId = `turn-${this.#turns}-${randomUUID()}`;
    const control: TurnControl = {
      start: (sink) => this.#thread.start({ messageId, input }, sink),
      interrupt: () => this.#thread.interrupt(messageId),
    };
    return new TurnCollector({ control, signal }).run();
  }

  /** An input that is none reaches the chart of the ThreadActor past the checks of the public face, and makes it throw. */
  async crash(): Promise<void> {
    await expect(Reflect.apply(this.#thread.steer, this.#thread, [null])).rejects.toThrow();
  }
}

export interface ApprovalRigOptions {
  readonly approvals?: ApprovalOptions;
  readonly clock?: Clock;
  /** Whether Codex has an MCP server to start, `lab`. Defaults to true. */
  readonly hasServer?: boolean;
}

/** The MCP server `lab`, as Codex is told of it; its calls are noted in `calls.txt`. */
export function labServer(home: CodexHome): { readonly command: string; readonly args: readonly string[] } {
  const server = new URL('../../fixtures-processes/lab-mcp-server.js', import.meta.url).pathname;
  return { command: process.execPath, args: [server, path.join(home.workingDirectory, 'calls.txt')] };
}

/** The real binary with all that it can ask switched on, and a record of what became of each question. */
export class ApprovalRig implements AsyncDisposable {
  readonly model: ScriptedModel;
  readonly home: CodexHome;
  readonly transport: AppServerTransport;
  readonly requested: PendingApproval[] = [];
  readonly settled: SettledApproval[] = [];
  readonly warnings: string[];
  readonly #waiting = new Set<(news: ApprovalNews) => void>();

  private constructor(
    model: ScriptedModel,
    home: CodexHome,
    transport: AppServerTransport,
    warnings: string[],
  ) {
    this.model = model;
    this.home = home;
    this.transport = transport;
    this.warnings = warnings;
    transport.approvals.subscribe((news) => {
      if (news.type === 'requested') this.requested.push(news.approval);
      if (news.type === 'settled') this.settled.push(news.approval);
      for (const told of this.#waiting) told(news);
    });
  }

  static async start({ approvals, clock, hasServer = true }: ApprovalRigOptions = {}): Promise<ApprovalRig> {
    const model = await ScriptedModel.start();
    const home = await createCodexHome({ model });
    const warnings: string[] = [];
    const lab = labServer(home);
    const config = {
      features: { request_permissions_tool: true, default_mode_request_user_input: true },
      ...(hasServer ? { mcp_servers: { lab } } : {}),
    };
    const transport = new AppServerTransport({
      port: { codexPathOverride: home.executable, env: home.env, profile: 'lean', config },
      approvals: { warn: (message) => warnings.push(message), ...approvals },
      ...(clock === undefined ? {} : { clock }),
    });
    return new ApprovalRig(model, home, transport, warnings);
  }

  get queue(): ApprovalQueue {
    return this.transport.approvals;
  }

  /** A thread that asks before everything. */
  thread(approvals?: ApprovalPolicy, options: ThreadOptions = {}): AskingThread {
    return new AskingThread(this.open(approvals, options));
  }

  open(approvals?: ApprovalPolicy, options: ThreadOptions = {}): AppServerThread {
    const shared: ThreadOptions = {
      workingDirectory: this.home.workingDirectory,
      model: 'gpt-5.5',
      approvalPolicy: 'untrusted',
      sandboxMode: 'danger-full-access',
      skipGitRepoCheck: true,
      ...options,
    };
    return this.transport.openThread({ threadId: null, options: shared, approvals });
  }

  /** Resolves with the next approval that a policy leaves to a person. */
  nextDeciding(): Promise<PendingApproval> {
    return this.#next((news) => (news.type === 'deciding' ? news.approval : undefined));
  }

  /** Resolves with the next approval of a kind that is asked for. */
  nextRequested(kind: ApprovalKind): Promise<PendingApproval> {
    return this.#next((news) =>
      news.type === 'requested' && news.approval.request.kind === kind ? news.approval : undefined,
    );
  }

  /** Resolves with the next approval that ends. */
  nextSettled(): Promise<SettledApproval> {
    return this.#next((news) => (news.type === 'settled' ? news.approval : undefined));
  }

  /** Resolves with the next approval of a kind that ends. */
  nextSettledOf(kind: ApprovalKind): Promise<SettledApproval> {
    return this.#next((news) =>
      news.type === 'settled' && news.approval.request.kind === kind ? news.approval : undefined,
    );
  }

  #next<T extends object>(pick: (news: ApprovalNews) => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const told = (news: ApprovalNews) => {
        const picked = pick(news);
        if (picked === undefined) return;
        this.#waiting.delete(told);
        resolve(picked);
      };
      this.#waiting.add(told);
    });
  }

  /** The lines of a file in the working directory; none when it does not exist. */
  async lines(name: string): Promise<readonly string[]> {
    const text = await readFile(path.join(this.home.workingDirectory, name), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  async killPort(): Promise<void> {
    process.kill((await this.transport.portInfo()).pid, 'SIGKILL');
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
