import {
  acceptsNull,
  type Property,
  type SchemaNode,
  type SchemaTree,
  type ValueNode,
} from './schema-tree.ts';

/** A JSON Schema as plain JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The schema as strict mode takes it: every object closed, every key required, an optional key as one that may be null. Limits that
 * strict mode does not know are left out.
 *
 * Source: OpenAI's rules for `text.format` with `strict: true`, which is what Codex makes of `outputSchema`.
 */
export function strictForm(tree: SchemaTree): JsonSchema {
  const definitions = [...tree.definitions].filter(([name]) => name !== '#');
  return {
    ...formOf(tree, tree.root),
    ...(definitions.length === 0
      ? {}
      : { $defs: Object.fromEntries(definitions.map(([name, node]) => [name, formOf(tree, node)])) }),
  };
}

function formOf(tree: SchemaTree, node: SchemaNode): JsonSchema {
  switch (node.kind) {
    case 'reference':
      return { $ref: node.name === '#' ? '#' : `#/$defs/${node.name}` };
    case 'union':
      return { ...node.annotations, anyOf: node.variants.map((variant) => formOf(tree, variant)) };
    case 'value':
      return valueForm(tree, node, node.types);
  }
}

function valueForm(tree: SchemaTree, node: ValueNode, types: readonly string[]): JsonSchema {
  const { annotations, literals, limits, object, items } = node;
  return {
    type: types.length === 1 ? types[0] : types,
    ...annotations,
    ...(literals === undefined ? {} : { enum: literals }),
    ...limits,
    ...(items === undefined ? {} : { items: formOf(tree, items) }),
    ...(object === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            object.properties.map((property) => [property.name, propertyForm(tree, property)]),
          ),
          required: object.properties.map(({ name }) => name),
          additionalProperties: false,
        }),
  };
}

function propertyForm(tree: SchemaTree, { node, required }: Property): JsonSchema {
  if (required || acceptsNull(tree, node)) return formOf(tree, node);
  if (node.kind === 'value' && node.literals === undefined)
    return valueForm(tree, node, [...node.types, 'null']);
  return { anyOf: [formOf(tree, node), { type: 'null' }] };
}
