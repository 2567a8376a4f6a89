const known = new Set([
  ...['type', 'title', 'description', 'enum', 'anyOf', '$ref', '$defs'],
  ...['properties', 'required', 'additionalProperties', 'items'],
  ...['pattern', 'format', 'multipleOf', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  ...['minItems', 'maxItems'],
]);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where a schema breaks OpenAI's rules of strict mode; written from the rules, not from the code under test. */
export function strictBreaches(schema: unknown, path = '#'): readonly string[] {
  if (!isObject(schema)) return [`${path} is no schema`];
  const breaches = Object.keys(schema).flatMap((key) => (known.has(key) ? [] : [`${path} has ${key}`]));
  if (path === '#' && (schema.type !== 'object' || 'anyOf' in schema)) breaches.push('# is no object');
  if (!('type' in schema || 'anyOf' in schema || '$ref' in schema)) breaches.push(`${path} has no type`);
  if ('$ref' in schema && Object.keys(schema).length > 1) breaches.push(`${path} has words beside $ref`);
  const types: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (types.includes('object')) {
    const { properties, required } = schema;
    if (schema.additionalProperties !== false) breaches.push(`${path} is open`);
    const names = isObject(properties) ? Object.keys(properties) : [];
    if (!Array.isArray(required) || required.toSorted().join() !== names.toSorted().join())
      breaches.push(`${path} has keys that are not required`);
  }
  const inside = [
    ...Object.entries(isObject(schema.properties) ? schema.properties : {}),
    ...Object.entries(isObject(schema.$defs) ? schema.$defs : {}),
    ...(Array.isArray(schema.anyOf) ? schema.anyOf.map((form: unknown) => ['anyOf', form] as const) : []),
    ...('items' in schema ? [['items', schema.items] as const] : []),
  ];
  return [...breaches, ...inside.flatMap(([step, one]) => strictBreaches(one, `${path}/${step}`))];
}
