import { type Actor, createActor } from 'xstate';
import {
  defaultPortTimings,
  execPortMachine,
  type PortMachineEvent,
  type PortMachineOutput,
  type PortTimings,
} from '../../machines/exec-port-machine.ts';
import { redact, secretsIn } from '../../protocol/errors/redaction.ts';
import type {
  ActorContext,
  ActorInstance,
  Behaviour,
  DownMessage,
  MonitorRef,
  ReplyTo,
} from '../../supervisor/behaviour.ts';
import type { ChildSpec } from '../../supervisor/checked-spec.ts';
import { childSpec } from '../../supervisor/child-spec.ts';
import { xstateClock } from '../../supervisor/xstate-clock.ts';
import { AppServerLink } from './app-server-link.ts';
import { AttachmentOwners } from './attachment-owners.ts';
import { BinarySchemas } from './binary-schemas.ts';
import { handshake, type ServerIdentity } from './handshake.ts';
import { LiveConnection, type PortConnection } from './port-connection.ts';
import { portEndError } from './port-end-error.ts';
import { defaultLinkLimits } from './port-limits.ts';
import type { PortInfo, PortMessage } from './port-messages.ts';
import { type ExecPortOptions, ownClientInfo, portCommand } from './port-options.ts';
import { PortTelemetry } from './port-telemetry.ts';
import type { ProcessCommand } from './process-handle.ts';
import type { RouteFailure } from './router.ts';
import type { PortNotification } from './thread-route.ts';

/**
 * The actor that owns one `codex app-server` process.
 *
 * It counts as started once the handshake is done; a start that fails is a start error (`CodexNotFoundError`, `HandshakeError`).
 * When the process dies unasked it ends with `{ error: PortExitError }`. Asked to stop, it ends stdin, waits, terminates, waits,
 * kills. A kill is a SIGKILL to the process group, at once.
 *
 * @example
 * const system = await ActorSystem.start({ strategy: 'one_for_one', children: [execPortChild('port', {})] });
 * const { version } = await system.call('port', portInfo);
 */
export const execPort: Behaviour<PortMessage, ExecPortOptions> = {
  init: (context, options) => new ExecPort(context, options).start(),
};

/**
 * The child spec of a port: permanent, given as long to stop as its ladder takes.
 *
 * @param id Name of the child among its siblings.
 */
export function execPortChild(id: string, options: ExecPortOptions): ChildSpec<PortMessage> {
  const timings = { ...defaultPortTimings, ...options.timings };
  const { stdinGraceMs, termGraceMs, killGraceMs } = timings;
  return childSpec({
    id,
    actor: execPort,
    input: options,
    restart: 'permanent',
    // Slack for the steps themselves: the supervisor must not kill in the middle of the last one.
    shutdown: stdinGraceMs + termGraceMs + killGraceMs + 1_000,
  });
}

class ExecPort implements ActorInstance<PortMessage> {
  readonly #context: ActorContext<PortMessage>;
  readonly #options: ExecPortOptions;
  readonly #timings: PortTimings;
  readonly #command: ProcessCommand;
  readonly #telemetry: PortTelemetry;
  readonly #machine: Actor<typeof execPortMachine>;
  readonly #secrets: readonly string[];
  readonly #owners: AttachmentOwners;
  readonly #schemas: BinarySchemas;
  #link: AppServerLink | undefined = undefined;
  #identity: ServerIdentity | undefined = undefined;
  #connection: PortConnection | undefined = undefined;
  #onStarted: (() => void) | undefined = undefined;
  #onEnded: ((error: Error) => void) | undefined = undefined;
  #hasEnded = false;

  /** @throws what `portCommand` throws. */
  constructor(context: ActorContext<PortMessage>, options: ExecPortOptions) {
    this.#context = context;
    this.#options = options;
    this.#timings = { ...defaultPortTimings, ...options.timings };
    this.#command = portCommand(options);
    this.#secrets = [
      ...(options.apiKey === undefined ? [] : [options.apiKey]),
      ...secretsIn(this.#command.env),
    ];
    this.#owners = new AttachmentOwners(context);
    this.#schemas = options.schemas ?? new BinarySchemas(context.clock);
    this.#telemetry = new PortTelemetry(options.telemetry, context.self);
    this.#machine = createActor(
      execPortMachine.provide({
        actions: {
          spawnProcess: () => this.#spawn(),
          beginHandshake: () => this.#handshake(),
          announceReady: () => this.#ready(),
          endStdin: () => this.#link?.endStdin(),
          terminateProcess: () => this.#link?.signal('SIGTERM'),
          killProcess: () => this.#link?.signal('SIGKILL'),
        },
      }),
      {
        input: { timings: this.#timings },
        clock: xstateClock(context.clock),
        inspect: context.inspectInner?.('chart'),
      },
    );
  }

  start(): Promise<ActorInstance<PortMessage>> {
    const { signal } = this.#context;
    // An actor that is killed while it starts has no kill hook yet.
    const killed = () => this.kill();
    signal.addEventListener('abort', killed, { once: true });
    return new Promise((resolve, reject) => {
      this.#onStarted = () => {
        signal.removeEventListener('abort', killed);
        resolve(this);
      };
      this.#onEnded = reject;
      this.#machine.subscribe({
        complete: () => this.#ended(this.#machine.getSnapshot().output),
        error: (error) => this.#machineFailed(error),
      });
      this.#machine.start();
    });
  }

  receive(message: PortMessage | DownMessage, replyTo: ReplyTo | undefined): void {
    switch (message.type) {
      case 'port.request':
        this.#request(message, replyTo);
        return;
      case 'port.attach':
        this.#attach(message, replyTo);
        return;
      case 'port.detach':
        this.#owners.remove(message.threadId);
        this.#link?.router.detach(message.threadId);
        return;
      case 'port.info':
        replyTo?.reply(this.#info());
        return;
      case 'down':
        this.#ownerDown(message.monitor);
        return;
    }
  }

  terminate(): void | Promise<void> {
    if (this.#hasEnded) return;
    return new Promise((resolve) => {
      this.#onEnded = () => resolve();
      // The host waits for its child, as long as the ladder takes.
      this.#link?.hold.acquire();
      this.#send({ type: 'port.stop' });
    });
  }

  kill(): void {
    this.#link?.signal('SIGKILL');
    this.#send({ type: 'port.kill' });
  }

  // ── Effects of the chart ──

  #spawn(): void {
    this.#telemetry.starting();
    try {
      this.#link = new AppServerLink(
        this.#command,
        {
          spawned: (pid) => this.#send({ type: 'process.spawned', pid }),
          spawnFailed: (error) => this.#send({ type: 'process.spawnFailed', error }),
          exited: (exit) => this.#send({ type: 'process.exited', exit }),
          lineSkipped: (why, lineBytes) => this.#telemetry.lineSkipped(why, lineBytes),
          connectionNotified: (notification) => this.#tell(notification, 'onConnectionNotification'),
          mcpNotified: (notification) => this.#tell(notification, 'onMcpNotification'),
          routeFailed: (failure) => this.#routeFailed(failure),
        },
        this.#context.clock,
        { ...defaultLinkLimits, ...this.#options.limits },
        this.#telemetry,
      );
      this.#telemetry.pid = this.#link.pid ?? null;
      // Released when it is ready, or gone: a start is something to wait for.
      this.#link.hold.acquire();
    } catch (error) {
      // Node throws for some failures (too many arguments, no memory) and reports others later.
      this.#send({ type: 'process.spawnFailed', error });
    }
  }

  #handshake(): void {
    const link = this.#link;
    if (link === undefined) return;
    const { clientInfo = ownClientInfo(), optOutNotificationMethods = [], apiKey } = this.#options;
    handshake(link.requests, () => link.notify('initialized'), {
      clientInfo,
      optOutNotificationMethods,
      apiKey,
    }).then(
      (identity) => {
        this.#identity = identity;
        this.#send({ type: 'handshake.completed' });
      },
      (error: unknown) => this.#send({ type: 'handshake.failed', error }),
    );
  }

  #ready(): void {
    const link = this.#link;
    if (link === undefined) return;
    const { executable, env } = this.#command;
    const binary = { executable, env, version: this.#identity?.version };
    this.#connection = new LiveConnection(this.#context.self, link, () => this.#schemas.acceptedBy(binary));
    this.#telemetry.ready(this.#identity?.userAgent ?? '');
    link.hold.release();
    this.#onEnded = (error) => this.#context.exit({ error });
    this.#onStarted?.();
  }

  #tell(notification: PortNotification, listener: 'onConnectionNotification' | 'onMcpNotification'): void {
    try {
      this.#options[listener]?.(notification);
    } catch {
      // Who listens in must not harm the port.
    }
  }

  #routeFailed(failure: RouteFailure): void {
    try {
      this.#options.onRouteFailure?.(failure);
    } catch {
      // The same holds here.
    }
  }

  // ── The end ──

  #ended(output: PortMachineOutput | undefined): void {
    const { fault, exit } = output ?? { fault: null, exit: null };
    const { executable } = this.#command;
    const stderrTail = redact(this.#link?.stderrTail ?? '', this.#secrets);
    const error = portEndError({
      fault,
      exit,
      executable,
      stderrTail,
      pid: this.#link?.pid,
      timings: this.#timings,
    });
    this.#finish(error, exit, fault !== null);
  }

  /** An effect threw: a fault of ours, which must not leave the process behind. */
  #machineFailed(error: unknown): void {
    this.#link?.signal('SIGKILL');
    this.#finish(
      error instanceof Error ? error : new Error('the chart of the port failed', { cause: error }),
      null,
      true,
    );
  }

  #finish(error: Error, exit: PortMachineOutput['exit'], isFault: boolean): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#link?.close(error);
    if (isFault) this.#telemetry.failed(error, exit);
    else this.#telemetry.stopped(exit);
    this.#onEnded?.(error);
  }

  /** The chart takes nothing once it is over. */
  #send(event: PortMachineEvent): void {
    if (!this.#hasEnded) this.#machine.send(event);
  }

  // ── Messages ──

  #request(message: Extract<PortMessage, { type: 'port.request' }>, replyTo: ReplyTo | undefined): void {
    const { method, params, timeoutMs } = message;
    const sent = this.#link?.requests.request(method, params, timeoutMs === undefined ? {} : { timeoutMs });
    // Not returned: the port must not be busy while Codex thinks.
    sent?.then(
      (result) => replyTo?.reply(result),
      (error: unknown) => replyTo?.fail(error),
    );
  }

  #attach(message: Extract<PortMessage, { type: 'port.attach' }>, replyTo: ReplyTo | undefined): void {
    const { threadId, route, owner } = message;
    try {
      this.#link?.router.attach(threadId, route);
    } catch (error) {
      replyTo?.fail(error);
      return;
    }
    if (owner === undefined) this.#owners.remove(threadId);
    else this.#owners.add(owner, threadId, route);
    replyTo?.reply(this.#connection);
  }

  #ownerDown(monitor: MonitorRef): void {
    const attachment = this.#owners.down(monitor);
    if (attachment !== undefined) this.#link?.router.detach(attachment.threadId, attachment.route);
  }

  #info(): PortInfo | undefined {
    const [link, identity, connection] = [this.#link, this.#identity, this.#connection];
    if (link === undefined || identity === undefined || connection === undefined) return undefined;
    return {
      pid: link.pid ?? 0,
      executable: this.#command.executable,
      ...identity,
      counters: link.counters,
      connection,
    };
  }
}
