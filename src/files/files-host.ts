import { ActorSystem } from '../supervisor/actor-system.ts';
import type { Clock } from '../supervisor/clock.ts';
import type { Inspector } from '../supervisor/inspection.ts';
import { systemClock } from '../supervisor/system-clock.ts';
import type { SystemReport } from '../supervisor/system-node.ts';
import { filesSupervisorSpec, registryPath } from './attachments/files-supervisor.ts';
import type { FilesHost } from './attachments/registry-client.ts';
import type { FileStorePlan } from './file-store-options.ts';

/** How the tree of a store that stands alone is run. */
export interface FilesTreeOptions {
  /** First part of its actors' paths. Defaults to `file-store`. */
  readonly name?: string;
  /** Defaults to real, monotonic time. */
  readonly clock?: Clock;
  /** Told of what supervisors report. Defaults to nobody. */
  readonly onReport?: (report: SystemReport) => void;
  /** Told of every actor, message and snapshot. Defaults to nobody. */
  readonly inspect?: Inspector;
}

/** The id of the files supervisor, and its path in a tree of its own, less the tree's name. */
export const filesId = 'files';

/** A small tree for one store, started when it is first needed. */
export function filesTree(
  plan: FileStorePlan,
  { name = 'file-store', clock = systemClock, ...options }: FilesTreeOptions = {},
): FilesHost {
  const { estate, sweepIntervalMs } = plan;
  const files = filesSupervisorSpec({ id: filesId, path: filesId, estate, sweepIntervalMs });
  let system: Promise<ActorSystem> | undefined;
  return {
    clock,
    registry: registryPath(filesId),
    messaging: () => {
      system ??= ActorSystem.start({ ...options, clock, name, children: [files] });
      return system;
    },
    close: async (timeoutMs) => {
      await (await system)?.stop('shutdown', { timeoutMs });
    },
  };
}
