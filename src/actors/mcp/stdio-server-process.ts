import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { LineCutter } from '../../protocol/line-cutter.ts';
import type { Clock, TimerHandle } from '../../supervisor/clock.ts';
import { EventLoopHold } from '../exec-port/event-loop-hold.ts';
import { type ProcessExit, ProcessHandle } from '../exec-port/process-handle.ts';

import type { McpStdioServer } from './mcp-server-options.ts';

/** The longest line of a server's process, in bytes; a longer one is skipped. */
export const mcpLineBytesMax = 67_108_864;
/** Bytes written to a server's process that it has not read yet; one more message fails. */
export const mcpUnreadBytesMax = 67_108_864;
/** Milliseconds from the end of stdin to SIGTERM. */
export const mcpStdinGraceMs = 2_000;
/** Milliseconds from SIGTERM to SIGKILL. */
export const mcpTermGraceMs = 2_000;

/** Variables of the host that every program needs, and none of which is a secret. */
const inheritedVariables =
  process.platform === 'win32'
    ? ['PATH', 'Path', 'PATHEXT', 'SystemRoot', 'SystemDrive', 'TEMP', 'TMP', 'USERPROFILE', 'APPDATA']
    : ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TMPDIR', 'TZ'];

/**
 * The process of an MCP server as a transport of the client: one JSON-RPC message a line. What is no message is skipped. Closing it
 * ends its stdin, waits, terminates its group, waits, kills; it has ended once `close` resolves.
 */
export class StdioServerProcess implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #options: McpStdioServer;
  readonly #clock: Clock;
  readonly #parse: (text: string) => JSONRPCMessage;
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;
  #process: ProcessHandle | null = null;
  #hold: EventLoopHold | null = null;
  #hasEnded = false;
  #unreadBytes = 0;
  #timer: TimerHandle | null = null;
  #exit: ProcessExit | null = null;

  /** @param parse Reads one message; throws for what is none. */
  constructor(options: McpStdioServer, clock: Clock, parse: (text: string) => JSONRPCMessage) {
    this.#options = options;
    this.#clock = clock;
    this.#parse = parse;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** The newest of what it wrote to stderr. Not redacted. */
  get stderrTail(): string {
    return this.#process?.stderrTail ?? '';
  }

  /** How it ended; null while it runs, and when it never ran. */
  get exit(): ProcessExit | null {
    return this.#exit;
  }

  /** Resolves once the process runs. Rejects when it cannot be spawned. */
  start(): Promise<void> {
    const { command, args = [], env = {}, cwd } = this.#options;
    const lines = new LineCutter(
      { line: (text) => this.#line(text), tooLong: () => undefined },
      mcpLineBytesMax,
    );
    return new Promise((resolve, reject) => {
      this.#process = new ProcessHandle(
        {
          executable: command,
          args,
          env: { ...inherited(), ...env },
          ...(cwd === undefined ? {} : { workingDirectory: cwd }),
        },
        {
          spawned: () => resolve(),
          spawnFailed: (error) => {
            // It never began: the failed start says so, and there is no end to be told.
            this.#hasEnded = true;
            this.#end();
            reject(
              new Error(`${error.message}: look whether its command and its cwd are there`, { cause: error }),
            );
          },
          stdout: (chunk) => lines.push(chunk),
          drained: () => {
            this.#unreadBytes = 0;
          },
          exited: (exit) => {
            this.#exit = exit;
            this.#over();
          },
        },
        this.#clock,
      );
      this.#hold = new EventLoopHold(this.#process);
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    const process = this.#process;
    if (process === null || this.#hasEnded) return Promise.reject(new Error('its process has ended'));
    const line = `${JSON.stringify(message)}\n`;
    if (this.#unreadBytes + line.length > mcpUnreadBytesMax)
      return Promise.reject(new Error('its process does not read what it is told'));
    this.#unreadBytes = process.write(line) ? 0 : this.#unreadBytes + line.length;
    return Promise.resolve();
  }

  close(): Promise<void> {
    const process = this.#process;
    if (process === null) this.#over();
    if (this.#hasEnded || process === null || this.#timer !== null) return this.#ended;
    this.#hold?.acquire();
    process.endStdin();
    this.#timer = this.#clock.setTimer(mcpStdinGraceMs, () => {
      process.signal('SIGTERM');
      this.#timer = this.#clock.setTimer(mcpTermGraceMs, () => process.signal('SIGKILL'));
    });
    return this.#ended;
  }

  /** Ends the process with its whole group, at once. */
  kill(): void {
    this.#process?.signal('SIGKILL');
  }

  #line(text: string): void {
    try {
      this.onmessage?.(this.#parse(text));
    } catch {
      // Programs print all sorts of things; what is no message, or answers nothing, concerns nobody.
    }
  }

  #over(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#timer !== null) this.#clock.cancelTimer(this.#timer);
    this.#end();
    this.onclose?.();
  }
}

function inherited(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of inheritedVariables) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}
