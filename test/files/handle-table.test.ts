import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FileError } from '../../src/files/index.ts';
import { operationsWaitingMax } from '../../src/files/streams/handle.ts';
import { HandleTable } from '../../src/files/streams/handle-table.ts';

interface Resource {
  readonly id: string;
  underWay: number;
  released: boolean;
}

/** Work that ends when the test says so. */
class Step {
  readonly promise: Promise<void>;
  #settle: { resolve(): void; reject(error: Error): void } | undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  end(): void {
    this.#settle?.resolve();
  }

  fail(): void {
    this.#settle?.reject(new Error('broken'));
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function table(underWayMax = 1) {
  const released: string[] = [];
  const handles = new HandleTable<string>({
    underWayMax,
    release: async (resource) => {
      released.push(resource);
    },
  });
  return { handles, released };
}

describe('a handle', () => {
  test('runs its operations one after the other, in the order of their calls', async () => {
    const { handles } = table();
    await handles.open('a', 'read', undefined, async () => 'A');
    const log: string[] = [];
    const [first, second] = [new Step(), new Step()];
    const one = handles.use('a', 'read', async () => {
      log.push('one begins');
      await first.promise;
      log.push('one ends');
    });
    const two = handles.use('a', 'read', async () => {
      log.push('two begins');
      await second.promise;
    });
    await settle();
    expect(log).toEqual(['one begins']);
    first.end();
    await one;
    await settle();
    expect(log).toEqual(['one begins', 'one ends', 'two begins']);
    second.end();
    await two;
  });

  test('does not hold up another handle', async () => {
    const { handles } = table();
    await handles.open('a', 'read', undefined, async () => 'A');
    await handles.open('b', 'read', undefined, async () => 'B');
    const stuck = new Step();
    const blocked = handles.use('a', 'read', () => stuck.promise);
    expect(await handles.use('b', 'read', async (resource) => resource)).toBe('B');
    stuck.end();
    await blocked;
  });

  test('that is closed waits for the operation under way, refuses those that wait, and is released once', async () => {
    const { handles, released } = table();
    await handles.open('a', 'write', undefined, async () => 'A');
    const step = new Step();
    const active = handles.use('a', 'write', () => step.promise);
    const waiting = handles.use('a', 'write', async () => undefined);
    const closes = Promise.all([handles.close('a'), handles.close('a')]);
    await expect(waiting).rejects.toMatchObject({ code: 'file_handle_closed' });
    await expect(handles.use('a', 'write', async () => undefined)).rejects.toMatchObject({
      code: 'file_handle_closed',
    });
    expect([released, handles.size]).toEqual([[], 1]);
    step.end();
    await active;
    await closes;
    expect([released, handles.size]).toEqual([['A'], 0]);
  });

  test('that is closed while it is being opened never becomes live, and what was opened is released', async () => {
    const { handles, released } = table();
    const step = new Step();
    const opening = handles.open('a', 'read', undefined, async () => {
      await step.promise;
      return 'A';
    });
    const behind = handles.use('a', 'read', async () => undefined);
    const closing = handles.close('a');
    await expect(behind).rejects.toMatchObject({ code: 'file_handle_closed' });
    await expect(handles.open('a', 'read', undefined, async () => 'B')).rejects.toMatchObject({
      code: 'file_handle_duplicate',
    });
    step.end();
    await expect(opening).rejects.toMatchObject({ code: 'file_handle_closed' });
    await closing;
    expect([released, handles.size]).toEqual([['A'], 0]);
  });

  test('whose opening fails leaves its id free, and refuses what waited behind it', async () => {
    const { handles, released } = table();
    const step = new Step();
    const opening = handles.open('a', 'read', undefined, async () => {
      await step.promise;
      return 'A';
    });
    const behind = handles.use('a', 'read', async () => undefined);
    step.fail();
    await expect(opening).rejects.toThrow('broken');
    await expect(behind).rejects.toMatchObject({ code: 'file_handle_closed', cause: { message: 'broken' } });
    expect([released, handles.size]).toEqual([[], 0]);
  });

  test('whose operation fails is closed before the failure is heard of', async () => {
    const { handles, released } = table();
    await handles.open('a', 'read', undefined, async () => 'A');
    const step = new Step();
    const failing = handles.use('a', 'read', () => step.promise);
    const behind = handles.use('a', 'read', async () => undefined);
    step.fail();
    await expect(failing).rejects.toThrow('broken');
    expect([released, handles.size]).toEqual([['A'], 0]);
    await expect(behind).rejects.toMatchObject({ code: 'file_handle_closed', cause: { message: 'broken' } });
  });

  test('that failed takes nothing from one that was opened under its id meanwhile', async () => {
    const { handles, released } = table(2);
    await handles.open('a', 'read', undefined, async () => 'A');
    const [first, second] = [new Step(), new Step()];
    const failing = [
      handles.use('a', 'read', () => first.promise),
      handles.use('a', 'read', () => second.promise),
    ];
    const again = handles.close('a').then(() => handles.open('a', 'read', undefined, async () => 'B'));
    first.fail();
    second.fail();
    await Promise.allSettled(failing);
    await again;
    expect(await handles.use('a', 'read', async (resource) => resource)).toBe('B');
    expect([released, handles.size]).toEqual([['A'], 1]);
  });

  test('refuses the 65th operation that waits', async () => {
    const { handles } = table();
    await handles.open('a', 'read', undefined, async () => 'A');
    const step = new Step();
    const active = handles.use('a', 'read', () => step.promise);
    const waiting = Array.from({ length: operationsWaitingMax }, () =>
      handles.use('a', 'read', async () => 1),
    );
    await expect(handles.use('a', 'read', async () => 1)).rejects.toMatchObject({
      code: 'file_queue_full',
      retryable: true,
    });
    step.end();
    await active;
    expect(await Promise.all(waiting)).toHaveLength(operationsWaitingMax);
  });

  test('lets go of a waiting operation whose signal is aborted, and leaves the one under way alone', async () => {
    const { handles } = table();
    await handles.open('a', 'read', undefined, async () => 'A');
    const step = new Step();
    const abort = new AbortController();
    const active = handles.use('a', 'read', () => step.promise.then(() => 'done'), abort.signal);
    let ran = false;
    const waiting = handles.use(
      'a',
      'read',
      async () => {
        ran = true;
      },
      abort.signal,
    );
    const last = handles.use('a', 'read', async () => 'last');
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'file_cancelled' });
    step.end();
    expect([await active, await last, ran]).toEqual(['done', 'last', false]);
  });

  test('reports what releasing has to say to its closer, and is closed all the same', async () => {
    const handles = new HandleTable<string>({
      underWayMax: 1,
      release: () => Promise.reject(new Error('lost')),
    });
    await handles.open('a', 'write', undefined, async () => 'A');
    await expect(handles.close('a')).rejects.toThrow('lost');
    expect(handles.size).toBe(0);
    await handles.close('a');
  });
});

test('the end of a table closes every handle, and its reason answers all that waits or comes', async () => {
  const { handles, released } = table();
  const step = new Step();
  await handles.open('a', 'read', undefined, async () => 'A');
  const active = handles.use('a', 'read', () => step.promise.then(() => 'done'));
  const waiting = handles.use('a', 'read', async () => undefined);
  const opening = handles.open('b', 'read', undefined, () => step.promise.then(() => 'B'));
  const reason = new FileError('file_connection_closed', 'over');
  const ended = handles.end(reason);
  await expect(waiting).rejects.toBe(reason);
  step.end();
  expect(await active).toBe('done');
  await expect(opening).rejects.toBe(reason);
  await ended;
  expect([released.sort(), handles.size]).toEqual([['A', 'B'], 0]);
  await expect(handles.open('c', 'read', undefined, async () => 'C')).rejects.toBe(reason);
  await expect(handles.use('a', 'read', async () => undefined)).rejects.toBe(reason);
});

/** What may happen to a table next; `end` and `fail` settle one piece of work that is under way. */
const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('open' as const), id: fc.nat(4) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('use' as const), id: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('close' as const), id: fc.nat(4) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('end' as const), id: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), id: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), id: fc.nat(20) }) },
);

describe.each([1, 3])(
  'with %i operations of a handle under way at a time, in any interleaving',
  (underWayMax) => {
    test('no file is used after it was released or by too many, none is released twice, and in the end nothing is left', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
          const resources: Resource[] = [];
          const steps: Step[] = [];
          const calls: Promise<unknown>[] = [];
          const aborts: AbortController[] = [];
          const step = (): Promise<void> => {
            const made = new Step();
            steps.push(made);
            return made.promise;
          };
          const handles = new HandleTable<Resource>({
            underWayMax,
            release: async (resource) => {
              expect([resource.released, resource.underWay]).toEqual([false, 0]);
              resource.released = true;
            },
          });
          const call = (work: Promise<unknown>): void => {
            calls.push(
              work.catch((error: Error) =>
                expect(FileError.isInstance(error) || error.message === 'broken').toBe(true),
              ),
            );
          };
          const use = async (resource: Resource): Promise<void> => {
            expect(resource.released).toBe(false);
            resource.underWay += 1;
            expect(resource.underWay).toBeLessThanOrEqual(underWayMax);
            try {
              await step();
            } finally {
              resource.underWay -= 1;
            }
          };
          for (const { do: what, id } of actions) {
            const handleId = `h${id}`;
            if (what === 'open')
              call(
                handles.open(handleId, 'read', undefined, async () => {
                  await step();
                  const resource = { id: handleId, underWay: 0, released: false };
                  resources.push(resource);
                  return resource;
                }),
              );
            else if (what === 'use') {
              const abort = new AbortController();
              aborts.push(abort);
              call(handles.use(handleId, 'read', use, abort.signal));
            } else if (what === 'close') call(handles.close(handleId));
            else if (what === 'abort') aborts.splice(id % (aborts.length + 1), 1)[0]?.abort();
            else if (what === 'end') steps.splice(id % (steps.length + 1), 1)[0]?.end();
            else steps.splice(id % (steps.length + 1), 1)[0]?.fail();
            await settle();
            const open = resources.filter(({ released }) => !released);
            expect(new Set(open.map(({ id: owner }) => owner)).size).toBe(open.length);
          }
          const ended = handles.end(new FileError('file_connection_closed', 'over'));
          while (steps.length > 0) {
            for (const one of steps.splice(0)) one.end();
            await settle();
          }
          await ended;
          await Promise.all(calls);
          expect([handles.size, resources.every(({ released }) => released)]).toEqual([0, true]);
        }),
        { numRuns: 300 },
      );
    });
  },
);
