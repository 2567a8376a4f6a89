import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { outputFormat } from '../../../src/protocol/structured-output/output-format.ts';
import { strictBreaches } from './strict-rules.ts';

const Review = z.object({
  verdict: z.enum(['merge', 'hold']),
  score: z.number().int().min(0).max(10),
  note: z.string().min(1).optional(),
  retries: z.number().default(3),
  parts: z.array(
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('file'), path: z.string() }),
      z.object({ kind: z.literal('link'), url: z.url() }),
    ]),
  ),
});

describe('a zod schema', () => {
  const format = outputFormat(Review);

  test('is sent in strict form', () => {
    expect(strictBreaches(format.schema)).toEqual([]);
  });

  test('gives out what it made of the answer: absent for null, defaults filled in', async () => {
    const answer = {
      verdict: 'merge',
      score: 7,
      note: null,
      retries: null,
      parts: [{ kind: 'file', path: 'a' }],
    };
    expect(await format.read(JSON.stringify(answer))).toEqual({
      ok: true,
      value: { verdict: 'merge', score: 7, retries: 3, parts: [{ kind: 'file', path: 'a' }] },
    });
  });

  test('says in its own words what is wrong, with the place', async () => {
    const answer = {
      verdict: 'merge',
      score: 11,
      note: '',
      retries: 1,
      parts: [{ kind: 'link', url: 'no' }],
    };
    const reading = await format.read(JSON.stringify(answer));
    expect(reading).toMatchObject({
      ok: false,
      issues: [
        expect.stringMatching(/^\/score: /),
        expect.stringMatching(/^\/note: /),
        expect.stringMatching(/^\/parts\/0\/url: /),
      ],
    });
  });

  test('that contains itself keeps its references', async () => {
    const Tree = z.object({
      name: z.string(),
      get kids() {
        return z.array(Tree);
      },
    });
    const tree = outputFormat(Tree);
    expect(strictBreaches(tree.schema)).toEqual([]);
    const value = { name: 'a', kids: [{ name: 'b', kids: [] }] };
    expect(await tree.read(JSON.stringify(value))).toEqual({ ok: true, value });
  });

  test('whose own code throws, or checks later, rejects nobody', async () => {
    const throwing = outputFormat(
      z.object({
        a: z.string().refine(() => {
          throw new Error('down');
        }),
      }),
    );
    expect(await throwing.read('{"a":"x"}')).toEqual({
      ok: false,
      issues: ['/: the check itself threw: down'],
    });
    const later = outputFormat(z.object({ a: z.string().refine(async (a) => a === 'x') }));
    expect(await later.read('{"a":"x"}')).toEqual({ ok: true, value: { a: 'x' } });
    expect(await later.read('{"a":"y"}')).toMatchObject({ ok: false });
  });
});

describe('what cannot be an output schema is refused at the call', () => {
  test.each([
    ['a record', z.object({ a: z.record(z.string(), z.string()) }), 'output#/properties/a/propertyNames'],
    ['a tuple', z.object({ a: z.tuple([z.string()]) }), 'output#/properties/a/prefixItems'],
    ['a root that is no object', z.array(z.string()), 'output#'],
    ['a date', z.object({ a: z.date() }), 'output'],
  ])('%s', (_what, schema, field) => {
    expect(() => outputFormat(schema)).toThrow(expect.objectContaining({ code: 'invalid_option', field }));
  });

  test('a Standard Schema without JSON Schema', () => {
    const schema = {
      '~standard': { version: 1, vendor: 'old', validate: (value: unknown) => ({ value }) },
    } as const;
    expect(() => outputFormat(schema)).toThrow(/a schema of old/);
  });
});

describe('an answer', () => {
  const format = outputFormat({
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'number' } },
    required: ['a'],
  });

  test('to a plain JSON Schema is decoded and checked against it', async () => {
    expect(await format.read('{"a":"x","b":null}')).toEqual({ ok: true, value: { a: 'x' } });
    expect(await format.read('{"a":1,"b":"x"}')).toEqual({
      ok: false,
      issues: ['/a: must be a string', '/b: must be a number'],
    });
  });

  test('that is no JSON, or none at all, says so', async () => {
    expect(await format.read('Sure! {"a":"x"}')).toEqual({ ok: false, issues: ['/: is not JSON'] });
    expect(await format.read('  ')).toEqual({ ok: false, issues: ['/: there is no answer'] });
  });
});
