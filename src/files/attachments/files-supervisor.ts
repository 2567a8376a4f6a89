import type { ChildSpec } from '../../supervisor/checked-spec.ts';
import { childSpec } from '../../supervisor/child-spec.ts';
import { supervisor } from '../../supervisor/supervisor-flags.ts';
import type { SupervisorMessage } from '../../supervisor/supervisor-messages.ts';
import { cleanupTicker, cleanupTickerId } from './cleanup-ticker.ts';
import { fileRegistry, fileRegistryId } from './file-registry.ts';
import type { FilesEstate } from './staged-files.ts';

/** What the files supervisor needs. */
export interface FilesSupervisorOptions {
  /** Its id, and last part of its path. */
  readonly id: string;
  /** Its path, by which the ticker finds the registry. */
  readonly path: string;
  readonly estate: FilesEstate;
  readonly sweepIntervalMs: number;
}

/**
 * The child spec of a store's actors, for any tree:
 *
 * ```
 * files                    rest_for_one
 * ├─ file-registry         changes the store
 * └─ cleanup-ticker        asks it to sweep
 * ```
 */
export function filesSupervisorSpec(options: FilesSupervisorOptions): ChildSpec<SupervisorMessage> {
  const { id, path, estate, sweepIntervalMs } = options;
  const registry = registryPath(path);
  return childSpec({
    id,
    supervisor: supervisor({
      strategy: 'rest_for_one',
      children: [
        // What it writes it finishes: a file system that hangs is for the deadline of the whole tree's stop.
        childSpec({ id: fileRegistryId, actor: fileRegistry, input: estate, shutdown: 'infinity' }),
        childSpec({
          id: cleanupTickerId,
          actor: cleanupTicker,
          input: { registry, intervalMs: sweepIntervalMs },
        }),
      ],
    }),
  });
}

/** Where the registry of a files supervisor is. */
export function registryPath(filesPath: string): string {
  return `${filesPath}/${fileRegistryId}`;
}
