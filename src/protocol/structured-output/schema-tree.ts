/** The types of JSON Schema. */
export type JsonType = 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';

/** What an `enum` or a `const` may name. */
export type Literal = string | number | boolean | null;

/** A JSON Schema that has been read: only what strict mode can say, or what can be checked beside it. */
export interface SchemaTree {
  readonly root: SchemaNode;
  /** What `$ref` names, by name; `#` is the root. */
  readonly definitions: ReadonlyMap<string, SchemaNode>;
}

/** One place of a schema. */
export type SchemaNode = ReferenceNode | UnionNode | ValueNode;

/** `$ref`: the same as another place. */
export interface ReferenceNode {
  readonly kind: 'reference';
  readonly name: string;
}

/** `anyOf` or `oneOf`: one of several forms. */
export interface UnionNode {
  readonly kind: 'union';
  readonly variants: readonly SchemaNode[];
  /** Whether it was `oneOf`. Strict mode has only `anyOf`, so that the difference is checked here. */
  readonly exactlyOne: boolean;
  readonly annotations: Annotations;
}

/** A value of certain types. */
export interface ValueNode {
  readonly kind: 'value';
  readonly types: readonly JsonType[];
  readonly literals: readonly Literal[] | undefined;
  /** Limits that strict mode knows, as they were written. */
  readonly limits: Readonly<Record<string, unknown>>;
  /** Limits that strict mode does not know: they are not sent, and checked here alone. */
  readonly localLimits: Readonly<Record<string, unknown>>;
  readonly object: ObjectShape | undefined;
  readonly items: SchemaNode | undefined;
  readonly annotations: Annotations;
}

/** The keys of an object. */
export interface ObjectShape {
  readonly properties: readonly Property[];
  /** Whether the schema itself said `additionalProperties: false`; strict mode says it always. */
  readonly closed: boolean;
}

/** One key of an object. */
export interface Property {
  readonly name: string;
  readonly node: SchemaNode;
  readonly required: boolean;
}

/** What explains a place to the model. */
export type Annotations = Readonly<Partial<Record<'title' | 'description', string>>>;

/** The node that a reference stands for, through all references; other nodes are themselves. */
export function resolved(tree: SchemaTree, node: SchemaNode): UnionNode | ValueNode {
  let at = node;
  // A reference that leads to itself was refused when the schema was read.
  while (at.kind === 'reference') at = tree.definitions.get(at.name) ?? tree.root;
  return at;
}

/** Whether null is a value of the place itself. */
export function acceptsNull(tree: SchemaTree, node: SchemaNode): boolean {
  const at = resolved(tree, node);
  if (at.kind === 'union') return at.variants.some((variant) => acceptsNull(tree, variant));
  return at.types.includes('null') && (at.literals === undefined || at.literals.includes(null));
}
