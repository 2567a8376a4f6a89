import { describe, expect, test } from 'vitest';
import { InvalidOptionError } from '../../../src/protocol/errors/call-errors.ts';
import {
  readSchema,
  schemaEnumValuesMax,
  schemaPropertiesMax,
} from '../../../src/protocol/structured-output/read-schema.ts';

/** The place at which a schema is refused. */
function refusedAt(schema: unknown): string {
  try {
    readSchema(schema, 'output');
  } catch (error) {
    if (InvalidOptionError.isInstance(error)) return error.field;
    throw error;
  }
  return 'nowhere';
}

const root = (one: unknown) => ({ type: 'object', properties: { a: one } });

describe('a schema that strict mode cannot say is refused, naming the place', () => {
  test.each([
    ['a root that is an array', { type: 'array', items: { type: 'string' } }, 'output#'],
    ['a root that is a union', { anyOf: [root({ type: 'string' })] }, 'output#'],
    ['a root that may be null', { ...root({ type: 'string' }), type: ['object', 'null'] }, 'output#'],
    ['true', root(true), 'output#/properties/a'],
    ['anything', root({}), 'output#/properties/a'],
    ['a type that is none', root({ type: 'text' }), 'output#/properties/a/type'],
    ['a type of two, one of them none', root({ type: ['string', 'date'] }), 'output#/properties/a/type'],
    ['a free object', root({ type: 'object' }), 'output#/properties/a'],
    [
      'an open object',
      root({ ...root({ type: 'string' }), additionalProperties: true }),
      'output#/properties/a/additionalProperties',
    ],
    [
      'a record',
      root({ type: 'object', additionalProperties: { type: 'string' } }),
      'output#/properties/a/additionalProperties',
    ],
    ['an array of anything', root({ type: 'array' }), 'output#/properties/a/items'],
    [
      'a tuple',
      root({ type: 'array', prefixItems: [{ type: 'string' }] }),
      'output#/properties/a/prefixItems',
    ],
    ['allOf', root({ allOf: [{ type: 'string' }] }), 'output#/properties/a/allOf'],
    ['not', root({ type: 'string', not: { const: 'x' } }), 'output#/properties/a/not'],
    ['if', root({ if: {}, type: 'string' }), 'output#/properties/a/if'],
    ["OpenAPI's nullable", root({ type: 'string', nullable: true }), 'output#/properties/a/nullable'],
    ['an empty union', root({ anyOf: [] }), 'output#/properties/a/anyOf'],
    [
      'a type beside a union',
      root({ type: 'string', anyOf: [{ type: 'string' }] }),
      'output#/properties/a/type',
    ],
    ['a form of a union', root({ anyOf: [{ type: 'string' }, {}] }), 'output#/properties/a/anyOf/1'],
    ['an enum of objects', root({ enum: [{}] }), 'output#/properties/a/enum'],
    [
      'a limit that is no number',
      root({ type: 'number', exclusiveMinimum: true }),
      'output#/properties/a/exclusiveMinimum',
    ],
    ['a pattern that is none', root({ type: 'string', pattern: '(' }), 'output#/properties/a/pattern'],
    ['a required key without a schema', { ...root({ type: 'string' }), required: ['b'] }, 'output#/required'],
    ['a reference elsewhere', root({ $ref: 'https://example.com/schema' }), 'output#/properties/a/$ref'],
    ['a reference to nothing', root({ $ref: '#/$defs/none' }), 'output#/properties/a/$ref'],
    [
      'a reference that is only itself',
      { ...root({ $ref: '#/$defs/x' }), $defs: { x: { $ref: '#/$defs/x' } } },
      'output#/$defs/x',
    ],
    ['a definition', { ...root({ $ref: '#/$defs/x' }), $defs: { x: { type: 'object' } } }, 'output#/$defs/x'],
    ['a key with a slash', { type: 'object', properties: { 'a/b~c': {} } }, 'output#/properties/a~1b~0c'],
    ['no schema at all', 'string', 'output#'],
  ])('%s', (_what, schema, place) => {
    expect(refusedAt(schema)).toBe(place);
  });

  test('a cycle of objects', () => {
    const schema: Record<string, unknown> = { type: 'object', properties: {} };
    schema.properties = { self: schema };
    expect(refusedAt(schema)).toBe('output#/properties/self');
  });

  test('a schema that is deeper, larger or longer than strict mode takes', () => {
    let deep: unknown = { type: 'string' };
    for (let level = 0; level < 10; level += 1) deep = root(deep);
    expect(refusedAt(deep)).toBe('nowhere');
    expect(refusedAt(root(deep))).toMatch(/^output#(\/properties\/a){10}$/);
    let nested: unknown = { type: 'string' };
    for (let level = 0; level < 100; level += 1) nested = { type: 'array', items: nested };
    expect(refusedAt(root(nested))).toMatch(/^output#\/properties\/a(\/items)+$/);
    const keys = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, { type: 'string' }]));
    expect(refusedAt({ type: 'object', properties: keys(schemaPropertiesMax) })).toBe('nowhere');
    expect(refusedAt({ type: 'object', properties: keys(schemaPropertiesMax + 1) })).toBe('output#');
    const words = Array.from({ length: schemaEnumValuesMax + 1 }, (_, index) => index);
    expect(refusedAt(root({ enum: words.slice(1) }))).toBe('nowhere');
    expect(refusedAt(root({ enum: words }))).toBe('output#/properties/a');
  });
});

test('one schema object used in two places is no cycle', () => {
  const text = { type: 'string' };
  expect(refusedAt({ type: 'object', properties: { a: text, b: text } })).toBe('nowhere');
});

test('what only describes, and what no draft knows, is let through', () => {
  const schema = {
    ...root({ type: 'string', examples: ['x'], 'x-order': 1 }),
    $schema: 'https://json-schema.org/draft/2020-12/schema',
  };
  expect(refusedAt(schema)).toBe('nowhere');
});
