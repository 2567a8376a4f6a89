import type { JsonType } from './schema-tree.ts';

/** Every type of JSON Schema. */
export const jsonTypes: readonly JsonType[] = [
  'object',
  'array',
  'string',
  'number',
  'integer',
  'boolean',
  'null',
];

/** Keywords whose value is a number, and whether strict mode knows them. */
export const numberKeywords: Readonly<Record<string, 'strict' | 'local'>> = {
  multipleOf: 'strict',
  minimum: 'strict',
  maximum: 'strict',
  exclusiveMinimum: 'strict',
  exclusiveMaximum: 'strict',
  minItems: 'strict',
  maxItems: 'strict',
  minLength: 'local',
  maxLength: 'local',
  minProperties: 'local',
  maxProperties: 'local',
};

/** The formats of strings that strict mode knows; others are left to the schema's own library. */
export const strictFormats: readonly string[] = [
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
];

/** What strict mode cannot say, and what to write instead. All other keywords that are not read here are annotations, and left out. */
export const unsayable: Readonly<Record<string, string>> = {
  allOf: 'one schema that says it all',
  not: 'a schema of what is allowed',
  if: "anyOf, with a property of type 'const' in each form",
  dependentRequired: 'anyOf',
  dependentSchemas: 'anyOf',
  dependencies: 'anyOf',
  patternProperties: 'an array of objects with a key and a value',
  propertyNames: 'an array of objects with a key and a value',
  unevaluatedProperties: 'additionalProperties: false',
  contains: 'items',
  minContains: 'items',
  maxContains: 'items',
  prefixItems: 'an object with a key for each place',
  additionalItems: 'items with one schema',
  unevaluatedItems: 'items with one schema',
  nullable: "type: [type, 'null']",
  $dynamicRef: "$ref to '#' or into #/$defs",
  $recursiveRef: "$ref to '#' or into #/$defs",
};
