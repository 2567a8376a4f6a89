import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { childSpec } from '../../src/supervisor/child-spec.ts';
import { InvalidOptionError } from '../../src/supervisor/invalid-option.ts';
import { dynamicSupervisor, simpleOneForOne, supervisor } from '../../src/supervisor/supervisor-flags.ts';

const actor = { init: () => ({ receive() {} }) };

/** Calls with options from a caller that the compiler does not check. */
function fromOutside(make: (options: never) => unknown, options: object): unknown {
  return Reflect.apply(make, undefined, [options]);
}

function refusal(make: (options: never) => unknown, options: object): { field: string; message: string } {
  try {
    fromOutside(make, options);
  } catch (error) {
    if (error instanceof InvalidOptionError) return { field: error.field, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('childSpec', () => {
  it("fills in OTP's defaults [otp-start-map]", () => {
    expect(childSpec({ id: 'a', actor })).toMatchObject({
      restart: 'permanent',
      shutdown: 5_000,
      significant: false,
      type: 'worker',
    });
    expect(childSpec({ id: 's', supervisor: {} })).toMatchObject({
      shutdown: 'infinity',
      type: 'supervisor',
    });
  });

  it.each([
    ['id', {}],
    ['id', { id: '' }],
    ['id', { id: 'a/b' }],
    ['actor', { id: 'a' }],
    ['actor', { id: 'a', actor: 5 }],
    ['supervisor', { id: 'a', supervisor: 5 }],
    ['restart', { id: 'a', actor, restart: 'sometimes' }],
    ['significant', { id: 'a', actor, significant: true }],
    ['significant', { id: 'a', actor, restart: 'transient', significant: 1 }],
    ['type', { id: 'a', actor, type: 'manager' }],
    ['shutdown', { id: 'a', actor, shutdown: -1 }],
    ['shutdown', { id: 'a', actor, shutdown: 'soon' }],
    ['shutdown', { id: 'a', actor, shutdown: Number.NaN }],
    ['mailboxCapacity', { id: 'a', actor, mailboxCapacity: 0 }],
    ['startTimeoutMs', { id: 'a', actor, startTimeoutMs: -1 }],
  ])('names the wrong field: %s of %j [otp-child-specs]', (field, options) => {
    expect(refusal(childSpec, options).field).toBe(field);
  });

  it('says what is accepted, and shows no objects, which may hold secrets', () => {
    expect(refusal(childSpec, { id: 'a', actor, restart: 'sometimes' }).message).toBe(
      "restart is \"sometimes\"; it must be one of 'permanent', 'transient', 'temporary'.",
    );
    expect(refusal(childSpec, { id: 'a', actor: { secret: 'hush' } }).message).not.toContain('hush');
  });

  it("checks in OTP's order [otp-child-specs]", () => {
    const wrong = { id: '', actor: 5, restart: 'x', significant: 1, type: 'x', shutdown: 'x' };
    const order: string[] = [];
    const fixes: Record<string, unknown> = {
      id: 'a',
      actor,
      restart: 'transient',
      significant: false,
      type: 'worker',
    };
    let options: object = wrong;
    for (const field of ['id', 'actor', 'restart', 'significant', 'type', 'shutdown']) {
      order.push(refusal(childSpec, options).field);
      options = { ...options, [field]: fixes[field] };
    }
    expect(order).toEqual(['id', 'actor', 'restart', 'significant', 'type', 'shutdown']);
  });

  it('ignores what it does not know, as OTP does [otp-map-faulty-specs]', () => {
    expect(() => fromOutside(childSpec, { id: 'a', actor, colour: 'red' })).not.toThrow();
  });

  it('takes any XState logic', () => {
    expect(childSpec({ id: 'a', actor: createMachine({}) }).source.kind).toBe('logic');
  });
});

describe('the flags of supervisors', () => {
  const worker = childSpec({ id: 'a', actor });
  const significant = childSpec({ id: 'a', actor, restart: 'transient', significant: true });

  it('default to one_for_one, 3 restarts in 5 seconds, never', () => {
    expect(supervisor()).toMatchObject({
      strategy: 'one_for_one',
      maxRestarts: 3,
      windowMs: 5_000,
      autoShutdown: 'never',
      children: [],
    });
  });

  it.each([
    ['strategy', { strategy: 'all_for_none' }],
    ['maxRestarts', { maxRestarts: -1 }],
    ['maxRestarts', { maxRestarts: 1.5 }],
    ['maxSeconds', { maxSeconds: 0 }],
    ['maxSeconds', { maxSeconds: Number.POSITIVE_INFINITY }],
    ['autoShutdown', { autoShutdown: 'sometimes' }],
    ['children', { children: 5 }],
    ['children[0].significant', { children: [significant] }],
    ['children[1].id', { children: [worker, worker] }],
  ])('name the wrong field: %s [otp-sup-flags]', (field, options) => {
    expect(refusal(supervisor, options).field).toBe(field);
  });

  it('of dynamic supervisors do likewise [otp-sup-flags]', () => {
    expect(refusal(dynamicSupervisor, { maxChildren: -1 }).field).toBe('maxChildren');
    expect(refusal(simpleOneForOne, {}).field).toBe('template');
    expect(refusal(simpleOneForOne, { template: significant }).field).toBe('template.significant');
  });
});
