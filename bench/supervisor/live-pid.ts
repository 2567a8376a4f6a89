import type { ActorSystem, Pid } from '../../src/supervisor/index.ts';

/** The actor at `address`, which must have started; throws when it has not. */
export function livePid<M>(system: ActorSystem, address: string): Pid<M> {
  const found = system.whereis<M>(address);
  if (found === undefined) throw new Error(`${address} did not start`);
  return found;
}
