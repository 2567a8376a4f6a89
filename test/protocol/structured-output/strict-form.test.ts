import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAnswer } from '../../../src/protocol/structured-output/decode-answer.ts';
import { readSchema } from '../../../src/protocol/structured-output/read-schema.ts';
import { strictForm } from '../../../src/protocol/structured-output/strict-form.ts';
import { issuesOf } from '../../../src/protocol/structured-output/value-check.ts';
import { schemasWithValue } from './schema-arbitrary.ts';
import { strictBreaches } from './strict-rules.ts';

const strict = (schema: unknown) => strictForm(readSchema(schema, 'output'));
const object = (properties: object, required: readonly string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
});

describe('for every schema that strict mode can say', () => {
  test('its strict form keeps the rules', () => {
    fc.assert(
      fc.property(schemasWithValue, ({ schema }) => {
        expect(strictBreaches(strict(schema))).toEqual([]);
      }),
    );
  });

  test('a strict form is its own strict form', () => {
    fc.assert(
      fc.property(schemasWithValue, ({ schema }) => {
        expect(strict(strict(schema))).toEqual(strict(schema));
      }),
    );
  });

  test('a value of it has a strict answer that matches, and decodes to an equal value', () => {
    fc.assert(
      fc.property(schemasWithValue, ({ schema, value, answer }) => {
        const tree = readSchema(schema, 'output');
        expect(issuesOf(tree, answer, { nullForAbsent: true })).toEqual([]);
        expect(decodeAnswer(tree, answer)).toEqual(value);
      }),
    );
  });

  test('a value of it matches as it is, and so does what its strict answer decodes to', () => {
    fc.assert(
      fc.property(schemasWithValue, ({ schema, value, answer }) => {
        const tree = readSchema(schema, 'output');
        expect(issuesOf(tree, value, { nullForAbsent: false })).toEqual([]);
        expect(issuesOf(tree, decodeAnswer(tree, answer), { nullForAbsent: false })).toEqual([]);
      }),
    );
  });

  test('reading, checking and decoding never throw for JSON that does not match', () => {
    fc.assert(
      fc.property(schemasWithValue, fc.jsonValue(), ({ schema }, json) => {
        const tree = readSchema(schema, 'output');
        expect(Array.isArray(issuesOf(tree, json, { nullForAbsent: true }))).toBe(true);
        decodeAnswer(tree, json);
      }),
    );
  });
});

describe('the strict form', () => {
  test('closes objects and requires every key, optional ones as nullable', () => {
    expect(strict(object({ a: { type: 'string' }, b: { type: 'integer' } }, ['a']))).toEqual({
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: ['integer', 'null'] } },
      required: ['a', 'b'],
      additionalProperties: false,
    });
  });

  test('says an optional enum, union or reference as one form beside null', () => {
    const schema = {
      ...object({ word: { enum: ['x', 'y'] }, again: { $ref: '#' } }, []),
      title: 'a tree',
    };
    expect(strict(schema)).toMatchObject({
      title: 'a tree',
      properties: {
        word: { anyOf: [{ type: 'string', enum: ['x', 'y'] }, { type: 'null' }] },
        again: { anyOf: [{ $ref: '#' }, { type: 'null' }] },
      },
    });
  });

  test('keeps the limits that strict mode knows and leaves the others to the check', () => {
    const schema = object({
      a: { type: 'string', minLength: 2, pattern: '^x', format: 'uri' },
      b: {
        type: 'array',
        items: { type: 'string', pattern: '(?!x)y', format: 'uuid' },
        minItems: 1,
        uniqueItems: true,
      },
    });
    expect(strict(schema).properties).toEqual({
      a: { type: 'string', pattern: '^x' },
      b: { type: 'array', items: { type: 'string', format: 'uuid' }, minItems: 1 },
    });
    const tree = readSchema(schema, 'output');
    expect(issuesOf(tree, { a: 'x', b: ['x', 'x'] }, { nullForAbsent: true })).toEqual([
      '/a: must keep to minLength 2',
      '/b: must not hold an item twice',
      '/b/0: must match (?!x)y',
      '/b/1: must match (?!x)y',
    ]);
  });

  test('lays out a root that is a reference, since strict mode wants an object there', () => {
    const form = strict({
      $ref: '#/$defs/Tree',
      $defs: { Tree: object({ kids: { type: 'array', items: { $ref: '#/$defs/Tree' } } }) },
    });
    expect(strictBreaches(form)).toEqual([]);
    expect(form).toMatchObject({ type: 'object', $defs: { Tree: { type: 'object' } } });
  });

  test('has no word for an optional key that is nullable and absent: it decodes to null', () => {
    const tree = readSchema(object({ a: { type: ['string', 'null'] } }, []), 'output');
    expect(decodeAnswer(tree, { a: null })).toEqual({ a: null });
  });

  test('takes a name such as __proto__ for a name', () => {
    const tree = readSchema(
      JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}'),
      'output',
    );
    const decoded = decodeAnswer(tree, JSON.parse('{"__proto__":"x"}'));
    expect(JSON.stringify(decoded)).toBe('{"__proto__":"x"}');
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  });
});

describe('the check', () => {
  const tree = readSchema(
    {
      ...object({ n: { type: 'integer' }, tags: { type: 'array', items: { type: 'string' } } }, ['n']),
      additionalProperties: false,
    },
    'output',
  );
  const issues = (value: unknown) => issuesOf(tree, value, { nullForAbsent: true });

  test.each([
    [[], ['/: must be an object']],
    [{}, ['/n: is missing']],
    [{ n: 1.5 }, ['/n: must be an integer']],
    [{ n: 1, tags: ['a', 2] }, ['/tags/1: must be a string']],
    [{ n: 1, other: 1 }, ['/other: is not allowed']],
    [{ n: 1, tags: null }, []],
  ])('of %j finds %j', (value, found) => {
    expect(issues(value)).toEqual(found);
  });

  test('of oneOf wants exactly one form to match, of anyOf any', () => {
    const forms = [{ type: 'integer' }, { type: 'number', minimum: 5 }];
    const one = readSchema(object({ a: { oneOf: forms } }), 'output');
    const any = readSchema(object({ a: { anyOf: forms } }), 'output');
    const found = [one, any].map((schema) =>
      [1, 5.5, 6, 0.5].map((a) => issuesOf(schema, { a }, { nullForAbsent: true }).length),
    );
    expect(found).toEqual([
      [0, 0, 1, 1],
      [0, 0, 0, 1],
    ]);
  });

  test('names at most 20 issues', () => {
    expect(issues({ n: 1, tags: Array.from({ length: 100 }, () => 1) })).toHaveLength(20);
  });

  test('ends at 256 levels of a schema that contains itself', () => {
    const endless = readSchema(object({ next: { $ref: '#' } }, []), 'output');
    let value: unknown = {};
    for (let depth = 0; depth < 5_000; depth += 1) value = { next: value };
    expect(issuesOf(endless, value, { nullForAbsent: true })).toEqual([
      expect.stringMatching(/must not be nested deeper than 256 levels$/),
    ]);
  });
});
