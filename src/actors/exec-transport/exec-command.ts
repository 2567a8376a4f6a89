import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';
import { redact, secretsIn } from '../../protocol/errors/redaction.ts';
import { execArguments } from '../../protocol/exec-arguments.ts';
import type { CodexOptions, ThreadOptions } from '../../protocol/thread-options.ts';
import { promptAndImages } from '../../protocol/user-input.ts';
import { childEnvironment } from '../exec-port/child-environment.ts';
import { commandCertificates } from '../exec-port/command-certificates.ts';
import { findCodexExecutable } from '../exec-port/executable.ts';
import { executableVersion } from '../exec-port/executable-version.ts';
import type { ConnectedBinary } from '../exec-port/generated-schema.ts';
import { launchCertificates } from '../exec-port/launch-arguments.ts';
import type { ProcessCommand } from '../exec-port/process-handle.ts';
import { type PortProfile, portProfiles, profileSettings } from '../exec-port/profiles.ts';
import type { TurnRequest } from '../turn-request.ts';

/** What decides which command a turn is. The names and meanings are the official SDK's. */
export interface ExecCommandOptions extends CodexOptions {
  /** Defaults to `compatible`. */
  readonly profile?: PortProfile;
  /** PEM file with the certificate authorities to trust, instead of the system's. */
  readonly caFile?: string;
}

/** One turn as a command: what to run, once the schema file has its path, and what to write to it. */
export interface TurnCommand {
  readonly command: (outputSchemaFile: string | undefined) => ProcessCommand;
  readonly prompt: string;
  readonly outputSchema: Readonly<Record<string, unknown>> | undefined;
}

/** Makes the commands of one client's turns. The executable is looked up anew for each: an update may have moved it. */
export class ExecCommand {
  readonly #options: ExecCommandOptions;

  /** @throws InvalidOptionError for a profile that does not exist. */
  constructor(options: ExecCommandOptions) {
    const { profile = 'compatible' } = options;
    if (!portProfiles.includes(profile)) {
      throw new InvalidOptionError('profile', profile, portProfiles.map((name) => `'${name}'`).join(' or '));
    }
    this.#options = options;
  }

  /**
   * The command of one turn.
   *
   * @throws InvalidOptionError, InputTooLargeError for input that cannot be; CodexNotFoundError.
   */
  turn(turn: TurnRequest, thread: ThreadOptions, threadId: string | null): TurnCommand {
    const { env, codexPathOverride, apiKey } = this.#options;
    const { prompt, images } = promptAndImages(turn.input);
    const { cyberAccessProgram } = turn;
    const executable = findCodexExecutable({ codexPathOverride, searchPath: (env ?? process.env).PATH });
    const childEnv = childEnvironment({
      env,
      hostEnv: process.env,
      pathDirectories: executable.pathDirectories,
      apiKey: apiKey === '' ? undefined : apiKey,
      certificates: launchCertificates(this.#options),
    });
    const client = this.#options;
    const command = (outputSchemaFile: string | undefined): ProcessCommand => ({
      executable: executable.path,
      args: this.#withProfile(
        execArguments({ client, thread, threadId, outputSchemaFile, cyberAccessProgram, images }),
      ),
      env: childEnv,
    });
    return { command, prompt, outputSchema: turn.outputSchema };
  }

  /** What the next turn runs. @throws CodexNotFoundError. */
  binary(): ConnectedBinary {
    const { env = process.env, codexPathOverride } = this.#options;
    const choice = { codexPathOverride, searchPath: env.PATH };
    const { path: executable, pathDirectories } = findCodexExecutable(choice);
    // It writes its schema, and needs no key for that.
    const childEnv = childEnvironment({ env: this.#options.env, hostEnv: process.env, pathDirectories });
    return { executable, version: executableVersion(choice), env: childEnv };
  }

  /** A text that may hold what the process was told in confidence, without it. */
  redact(text: string): string {
    const { apiKey, env } = this.#options;
    return redact(text, [...(apiKey === undefined ? [] : [apiKey]), ...secretsIn(env ?? process.env)]);
  }

  /** The profile's settings come first, so that the user's own win. */
  #withProfile([exec = 'exec', json = '--json', ...rest]: readonly string[]): string[] {
    const { profile = 'compatible', env = process.env } = this.#options;
    const settings = [
      ...profileSettings(profile),
      ...commandCertificates(launchCertificates(this.#options), env),
    ];
    return [exec, json, ...settings.flatMap((setting) => ['--config', setting]), ...rest];
  }
}
