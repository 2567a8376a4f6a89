import { availableParallelism } from 'node:os';
import { messagingAccepted } from './address-check.ts';
import type { Messaging, Pid, Via } from './behaviour.ts';
import type { ChildSpec, StaticFlags } from './checked-spec.ts';
import { checkChildSpec } from './child-spec-check.ts';
import { checkFunctions, checkObject, checkWhole, InvalidOptionError } from './invalid-option.ts';
import { type RestartLimitOptions, supervisor } from './supervisor-flags.ts';

/** What selects a partition: whole numbers count round, anything else is hashed. */
export type PartitionKey = string | number | bigint;

/** What `partitionSupervisor` takes. */
export interface PartitionSupervisorOptions<M> extends RestartLimitOptions {
  /** The child of each partition, or a function of the partition's number that gives it. Its `id` is replaced by the number. */
  readonly child: ChildSpec<M> | ((partition: number) => ChildSpec<M>);
  /** How many partitions there are. Defaults to the number of processors. */
  readonly partitions?: number;
}

/** Checked options of a partition supervisor. */
export interface PartitionFlags<M = never> extends StaticFlags {
  readonly partitions: number;
  readonly '~message'?: (message: M) => void;
}

/**
 * The same child several times, `0`, `1`, …, so that load or state is spread over actors that crash and restart alone.
 *
 * Source: Elixir's `PartitionSupervisor`. Find the partition of a key with `partition`.
 *
 * @throws InvalidOptionError for the first wrong field.
 * @example
 * const counters = partitionSupervisor({ child: childSpec({ id: 'counter', actor: counter }), partitions: 4 });
 * await using system = await ActorSystem.start({ children: [childSpec({ id: 'counters', supervisor: counters })] });
 * system.cast(partition(system, 'counters', counters, 'some key'), { type: 'increment' });
 */
export function partitionSupervisor<M>(options: PartitionSupervisorOptions<M>): PartitionFlags<M> {
  checkObject('options', options, 'an object with the child and the number of partitions');
  const { child, partitions = availableParallelism(), maxRestarts, maxSeconds } = options;
  checkWhole('partitions', partitions, 1);
  const children = Array.from({ length: partitions }, (_, number): ChildSpec => {
    const spec: unknown = typeof child === 'function' ? child(number) : child;
    checkChildSpec('child', spec, 'a child spec, or a function that makes one');
    return { ...spec, id: String(number) };
  });
  return { ...supervisor({ maxRestarts, maxSeconds, children }), partitions };
}

/**
 * The address of the partition that `key` belongs to, under the partition supervisor at `path`. It outlives restarts. The same key gives
 * the same partition, in every process.
 *
 * A call to it rejects with `CallError` `noproc` while the partition is down.
 */
export function partition<M>(
  messaging: Pick<Messaging, 'whereis'>,
  path: string,
  flags: PartitionFlags<M>,
  key: PartitionKey,
): Via<M> {
  checkFunctions('messaging', messaging, ['whereis'], messagingAccepted);
  if (typeof path !== 'string')
    throw new InvalidOptionError('path', path, 'the path of a partition supervisor');
  checkObject('flags', flags, 'what partitionSupervisor() returns');
  const name = `${path}/${partitionOf(key, flags.partitions)}`;
  return { name, whereis: (): Pid<M> | undefined => messaging.whereis<M>(name) };
}

/** The number of the partition, from 0, that a key belongs to. */
export function partitionOf(key: PartitionKey, partitions: number): number {
  checkWhole('partitions', partitions, 1);
  if (typeof key === 'bigint') return Number((key < 0n ? -key : key) % BigInt(partitions));
  if (typeof key === 'number' && Number.isSafeInteger(key)) return Math.abs(key) % partitions;
  if (typeof key === 'string' || typeof key === 'number') return fnv1a(String(key)) % partitions;
  throw new InvalidOptionError('key', key, 'a string, a number or a bigint');
}

/** FNV-1a over UTF-16 units: small, stable over versions, and spread well enough for routing. */
function fnv1a(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01_00_01_93);
  }
  return hash >>> 0;
}
