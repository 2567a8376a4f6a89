import type { ActorContext, ActorInstance, Address, DownMessage, MonitorRef } from './behaviour.ts';
import type { Runtime } from './runtime.ts';

/**
 * Lets code that is no actor monitor actors: an actor outside of the tree, at `<system>/$outside`, that calls back for each `down`.
 */
export class OutsideMonitor implements ActorInstance<never> {
  readonly #context: ActorContext<never>;
  readonly #callbacks = new WeakMap<MonitorRef, (down: DownMessage) => void>();

  private constructor(context: ActorContext<never>) {
    this.#context = context;
  }

  /** Starts the actor. @throws TypeError when its path is taken. */
  static start(runtime: Runtime): OutsideMonitor {
    let monitor: OutsideMonitor | undefined;
    const init = (context: ActorContext<never>): OutsideMonitor => {
      monitor = new OutsideMonitor(context);
      return monitor;
    };
    void runtime.spawn({ path: `${runtime.name}/$outside`, behaviour: { init }, input: undefined });
    if (monitor === undefined) throw new TypeError(`The path ${runtime.name}/$outside is taken.`);
    return monitor;
  }

  monitor(target: Address, onDown: (down: DownMessage) => void): MonitorRef {
    const monitor = this.#context.monitor(target);
    this.#callbacks.set(monitor, onDown);
    return monitor;
  }

  /** Drops a monitor; its callback is not called afterwards. */
  demonitor(monitor: MonitorRef): void {
    this.#context.demonitor(monitor);
  }

  receive(down: DownMessage): void {
    try {
      this.#callbacks.get(down.monitor)?.(down);
    } catch {
      // The caller's own error must not end the watch over others.
    }
  }

  close(): void {
    this.#context.exit('normal');
  }
}
