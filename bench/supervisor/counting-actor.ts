import type { ActorInstance, Behaviour, Request } from '../../src/supervisor/index.ts';

export interface Tick {
  readonly type: 'tick';
}
export interface Read extends Request<number> {
  readonly type: 'read';
}
export interface Crash {
  readonly type: 'crash';
}

/** A plain actor that counts ticks, tells the count, and throws when told to. */
export const countingActor: Behaviour<Tick | Read | Crash, (() => void) | undefined> = {
  init(_context, started): ActorInstance<Tick | Read | Crash> {
    let count = 0;
    started?.();
    return {
      receive(message, replyTo) {
        if (message.type === 'tick') count += 1;
        else if (message.type === 'read') replyTo?.reply(count);
        else throw new Error('crash');
      },
    };
  },
};
