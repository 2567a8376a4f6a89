import type { JsonValue } from '../../protocol/app-server.ts';
import type { ThreadSettings } from '../../protocol/thread-options.ts';
import { isRecord } from '../../protocol/unread.ts';
import type { PortConnection } from '../exec-port/port-connection.ts';

/** Providers whose retries are switched off; a configuration with more keeps those of the rest. */
export const providersMax = 100;

const nothing: ThreadSettings = {};
const readTimeoutMs = 10_000;

/**
 * Finds the settings by which Codex makes no retries of its own. They are of the single thread, so that nothing of the user's
 * configuration changes, and each process is asked once which providers it has.
 *
 * A number that the user's configuration sets stays. The built-in providers take no such setting.
 */
export class ProviderRetries {
  readonly #found = new WeakMap<PortConnection, Promise<ThreadSettings>>();

  /** The settings for threads on this port; none when it does not tell. Never rejects. */
  readonly settingsOn = (port: PortConnection): Promise<ThreadSettings> => {
    const found = this.#found.get(port) ?? read(port);
    this.#found.set(port, found);
    return found;
  };
}

async function read(port: PortConnection): Promise<ThreadSettings> {
  try {
    const { config } = await port.request(
      'config/read',
      { includeLayers: false },
      { timeoutMs: readTimeoutMs },
    );
    return noRetriesOf(config);
  } catch {
    // An older Codex does not know the method, and a dead process has nothing to say: threads then are started as ever.
    return nothing;
  }
}

/** The settings that switch off what a configuration leaves to Codex. */
export function noRetriesOf(config: unknown): ThreadSettings {
  const providers = isRecord(config) && isRecord(config.model_providers) ? config.model_providers : {};
  const settings: Record<string, JsonValue> = {};
  for (const [name, provider] of Object.entries(providers).slice(0, providersMax)) {
    // A dotted key has no way to write other names.
    if (!/^[\w-]+$/.test(name) || !isRecord(provider)) continue;
    for (const key of ['request_max_retries', 'stream_max_retries']) {
      if (typeof provider[key] !== 'number') settings[`model_providers.${name}.${key}`] = 0;
    }
  }
  return settings;
}
