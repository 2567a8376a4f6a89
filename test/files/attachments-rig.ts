import { lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Attachment } from '../../src/files/attachments/attachment.ts';
import { filesSupervisorSpec, registryPath } from '../../src/files/attachments/files-supervisor.ts';
import type { FilesEstate } from '../../src/files/attachments/staged-files.ts';
import { FileStore, type StandaloneFileStoreOptions } from '../../src/files/file-store.ts';
import { type FileStoreOptions, fileStorePlan } from '../../src/files/file-store-options.ts';
import { ActorSystem, type StopOptions } from '../../src/supervisor/actor-system.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

/** When the tests begin, in ms since the epoch. */
export const epochMs = 1_800_000_000_000;

/** A folder that goes with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'codex-actors-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A store in a folder of the test's own, on simulated time. */
export interface StoreRig {
  readonly store: FileStore;
  readonly clock: SimulatedClock;
  /** Where the store is, and where sources may be. */
  readonly directory: string;
  readonly sources: string;
  /** Writes a source file. */
  source(name: string, content: string | Uint8Array): Promise<string>;
}

/** Opens a store for a test; `directory` to take one up that was there. */
export async function openStore(options: StandaloneFileStoreOptions = {}): Promise<StoreRig> {
  const folder = await temporaryFolder();
  const clock = new SimulatedClock();
  const directory = options.directory ?? join(folder, 'store');
  const store = await FileStore.open({
    clock,
    wallClock: () => epochMs + clock.now(),
    freeBytesMin: 0,
    ...options,
    directory,
  });
  onTestFinished(() => store.close());
  const source = async (name: string, content: string | Uint8Array): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  return { store, clock, directory, sources: folder, source };
}

/** What lies in a store's folder. */
export interface DiskContent {
  /** Checksums of the contents, sorted. */
  readonly ids: readonly string[];
  /** Bytes of the contents; links to one file count once. */
  readonly bytes: number;
  /** Copies under way, or left over. */
  readonly incoming: readonly string[];
}

/** Reads a store's folder as anybody else would. */
export async function onDisk(directory: string): Promise<DiskContent> {
  const ids = (await readdir(directory)).filter((name) => !name.startsWith('.')).sort();
  let bytes = 0;
  for (const id of ids) {
    const sizes = new Map<number, number>();
    for (const name of await readdir(join(directory, id))) {
      const facts = await lstat(join(directory, id, name));
      sizes.set(facts.ino, facts.size);
    }
    bytes += [...sizes.values()].reduce((sum, size) => sum + size, 0);
  }
  return { ids, bytes, incoming: await readdir(join(directory, '.incoming')) };
}

/** The ids of a list of attachments, sorted. */
export function idsOf(attachments: readonly Attachment[]): readonly string[] {
  return attachments.map(({ id }) => id).sort();
}

/** A store whose registry can be made to crash. */
export interface CrashableRig {
  readonly store: FileStore;
  readonly clock: SimulatedClock;
  readonly directory: string;
  /** What all incarnations of its registry share. */
  readonly estate: FilesEstate;
  /** Ends the registry with an error, between two messages; its supervisor starts it again. */
  crash(): void;
}

/** Opens a store over a tree of the test's own. @param stop How the tree is stopped when the store is closed. */
export async function openCrashableStore(
  options: FileStoreOptions = {},
  stop: StopOptions = {},
): Promise<CrashableRig> {
  const clock = new SimulatedClock();
  const directory = options.directory ?? join(await temporaryFolder(), 'store');
  const plan = fileStorePlan({
    freeBytesMin: 0,
    wallClock: () => epochMs + clock.now(),
    ...options,
    directory,
  });
  const { estate, sweepIntervalMs } = plan;
  const files = filesSupervisorSpec({ id: 'files', path: 'app/files', estate, sweepIntervalMs });
  const system = await ActorSystem.start({ name: 'app', clock, children: [files] });
  const registry = registryPath('app/files');
  const store = new FileStore(plan, {
    messaging: async () => system,
    registry,
    clock,
    close: async (timeoutMs) => {
      await system.stop('shutdown', { timeoutMs, ...stop });
    },
  });
  onTestFinished(() => store.close());
  // No message of the registry, and no object: what it makes of it is an error of its own.
  return { store, clock, directory, estate, crash: () => system.cast(registry, null) };
}
