import { readFileSync } from 'node:fs';
import type { PortTimings } from '../../machines/exec-port-machine.ts';
import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { isRecord, stringOr } from '../../protocol/unread.ts';
import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { LinkLimits } from './app-server-link.ts';
import type { BinarySchemas } from './binary-schemas.ts';
import { childEnvironment } from './child-environment.ts';
import { commandCertificates } from './command-certificates.ts';
import { findCodexExecutable } from './executable.ts';
import type { ClientInfo } from './handshake.ts';
import { type LaunchOptions, launchArguments, launchCertificates } from './launch-arguments.ts';
import type { ProcessCommand } from './process-handle.ts';
import { portProfiles } from './profiles.ts';
import type { RouteFailure } from './router.ts';
import type { PortNotification } from './thread-route.ts';

/** What an exec port is started with. */
export interface ExecPortOptions extends LaunchOptions {
  /** The executable to run instead of the installed one: a path, or a name looked up on `PATH`. */
  readonly codexPathOverride?: string | null | undefined;
  /** The child's environment; nothing else is inherited. Default: a copy of the host's. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Working directory of the process; threads have their own. Default: the host's. */
  readonly workingDirectory?: string;
  /** Default: this package's name and version. */
  readonly clientInfo?: ClientInfo;
  /** Exact names of notifications that Codex should not send, such as `account/rateLimits/updated`. Default: none. */
  readonly optOutNotificationMethods?: readonly string[];
  readonly timings?: Partial<PortTimings>;
  readonly limits?: Partial<LinkLimits>;
  readonly telemetry?: TelemetryBus;
  /** What is known of executables, so that a restarted process is not asked again. Default: a memory of the port's own. */
  readonly schemas?: BinarySchemas;
  /** Told of notifications about the whole connection, such as `configWarning`. What it throws goes nowhere. */
  readonly onConnectionNotification?: (notification: PortNotification) => void;
  /** Told of notifications about MCP servers that Codex runs, such as `mcpServer/startupStatus/updated`. What it throws goes nowhere. */
  readonly onMcpNotification?: (notification: PortNotification) => void;
  /** Told of each message that a thread's route threw on. What it throws itself goes nowhere. */
  readonly onRouteFailure?: (failure: RouteFailure) => void;
}

/**
 * The process that the options ask for.
 *
 * @throws CodexNotFoundError; InvalidOptionError for a profile that does not exist, or a config value that TOML cannot hold.
 */
export function portCommand(options: ExecPortOptions): ProcessCommand {
  const { profile = 'compatible', workingDirectory } = options;
  if (!portProfiles.includes(profile)) {
    throw new InvalidOptionError('profile', profile, portProfiles.map((name) => `'${name}'`).join(' or '));
  }
  const searchPath = (options.env ?? process.env).PATH;
  const executable = findCodexExecutable({ codexPathOverride: options.codexPathOverride, searchPath });
  const certificates = launchCertificates(options);
  return {
    executable: executable.path,
    args: launchArguments(options, commandCertificates(certificates, options.env ?? process.env)),
    env: childEnvironment({
      env: options.env,
      hostEnv: process.env,
      pathDirectories: executable.pathDirectories,
      certificates,
    }),
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
  };
}

/** How this package names itself to Codex. */
export function ownClientInfo(): ClientInfo {
  // The same distance from the sources and from the built files.
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const parsed: unknown = JSON.parse(text);
  const version = isRecord(parsed) ? stringOr(parsed.version, '0.0.0') : '0.0.0';
  return { name: 'codex_actors', title: 'codex-actors', version };
}
