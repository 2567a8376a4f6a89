import { describe, expect, it } from 'vitest';
import type { ExitReason } from '../../src/supervisor/exit-reason.ts';
import { InspectedRef, type XStateActorRef } from '../../src/supervisor/inspected-ref.ts';

const boom = new Error('boom');
const child = (id: string): XStateActorRef => ({
  id,
  getSnapshot: () => ({ status: 'active', output: undefined, error: undefined }),
});

describe('an actor as inspectors see it', () => {
  it.each<[ExitReason | undefined, object]>([
    [undefined, { status: 'active', error: undefined }],
    ['normal', { status: 'done', error: undefined }],
    [{ error: boom }, { status: 'error', error: boom }],
    ['shutdown', { status: 'stopped', error: undefined }],
    [{ shutdown: 1 }, { status: 'stopped', error: undefined }],
  ])('that ended with %j shows it in its snapshot', (reason, snapshot) => {
    const ref = new InspectedRef('app/a', undefined, false);
    if (reason !== undefined) ref.end(reason);
    expect(ref.getSnapshot()).toEqual({ output: undefined, ...snapshot });
  });

  it('shows what it has to show', () => {
    const ref = new InspectedRef('app/a', undefined, false, () => ({ count: 1 }));
    expect(ref.getSnapshot()).toMatchObject({ status: 'active', context: { count: 1 } });
  });

  it('is written to a log as XState writes its own', () => {
    const ref = new InspectedRef('app/a', undefined, false);
    expect(JSON.stringify(ref)).toBe('{"xstate$$type":1,"id":"app/a"}');
  });

  it('names the children of its logic: by their id, or by number where XState made one up', () => {
    const root = new InspectedRef('app/a', undefined, true);
    const refs = ['x:0', 'worker', 'x:1f', 'ax:1', 'x:1-b'].map((id) => root.childRef(child(id)));
    expect(refs.map(({ sessionId }) => sessionId)).toEqual([
      'app/a/child-1',
      'app/a/worker',
      'app/a/child-2',
      'app/a/ax:1',
      'app/a/x:1-b',
    ]);
    expect(refs.map(({ isLogic, _parent }) => isLogic && _parent === root)).toEqual(refs.map(() => true));
  });
});
