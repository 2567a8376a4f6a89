import { InvalidOptionError } from '../errors/call-errors.ts';
import { isRecord } from '../unread.ts';
import { jsonTypes, numberKeywords, strictFormats, unsayable } from './schema-keywords.ts';
import type {
  Annotations,
  JsonType,
  Literal,
  ObjectShape,
  SchemaNode,
  SchemaTree,
  UnionNode,
  ValueNode,
} from './schema-tree.ts';

/** Keys of all objects of one schema together. Source: OpenAI's limits of strict mode. */
export const schemaPropertiesMax = 5_000;
/** Objects within objects. Source: OpenAI's limits of strict mode. */
export const schemaObjectNestingMax = 10;
/** Schemas within schemas of any kind. */
export const schemaNestingMax = 64;
/** Values of all `enum` together. Source: OpenAI's limits of strict mode. */
export const schemaEnumValuesMax = 1_000;

/** Where the reader stands. */
interface Place {
  /** As a JSON pointer, such as `#/properties/name`. */
  readonly path: string;
  /** The schemas around this one: meeting one again is a cycle. */
  readonly around: ReadonlySet<object>;
  readonly objects: number;
}

/**
 * Reads a JSON Schema (draft 2020-12 or 7) into a tree.
 *
 * @param field How errors speak of the schema, such as `output`.
 * @throws InvalidOptionError naming the place, as in `output#/properties/tags`, for what strict mode cannot say: a root that is no
 * object, an open object, tuples, `allOf` and the like, references elsewhere, cycles, and schemas beyond the limits.
 */
export function readSchema(schema: unknown, field: string): SchemaTree {
  return new SchemaReader(schema, field).read();
}

class SchemaReader {
  readonly #schema: unknown;
  readonly #field: string;
  readonly #definitions = new Map<string, SchemaNode>();
  /** Names that were met, with the place of their schema; read one after the other, since they may name each other. */
  readonly #named = new Map<string, string>();
  #properties = 0;
  #enumValues = 0;

  constructor(schema: unknown, field: string) {
    this.#schema = schema;
    this.#field = field;
  }

  read(): SchemaTree {
    const read = this.#node(this.#schema, { path: '#', around: new Set(), objects: 0 });
    this.#definitions.set('#', read);
    // The map grows while it is walked: definitions name further ones.
    for (const [name, path] of this.#named) {
      if (name === '#') continue;
      this.#definitions.set(name, this.#node(this.#at(path), { path, around: new Set(), objects: 0 }));
    }
    for (const name of this.#definitions.keys()) this.#refuseEmptyLoop(name, name, new Set());
    const root = this.#rootOf(read);
    return { root, definitions: this.#definitions.set('#', root) };
  }

  #rootOf(read: SchemaNode): SchemaNode {
    let root: SchemaNode | undefined = read;
    while (root?.kind === 'reference') root = this.#definitions.get(root.name);
    if (root?.kind === 'value' && root.object !== undefined && root.types.length === 1) return root;
    return this.#refuse('#', this.#schema, "a schema of type 'object'; put other values under a key of one");
  }

  #node(schema: unknown, place: Place): SchemaNode {
    const { path, around } = place;
    if (!isRecord(schema)) return this.#refuse(path, schema, 'a schema that says what is allowed');
    if (around.has(schema)) return this.#refuse(path, 'a cycle', 'a tree: use $ref for what contains itself');
    if (around.size >= schemaNestingMax)
      return this.#refuse(path, 'nested too deep', `at most ${schemaNestingMax} levels deep`);
    for (const [keyword, instead] of Object.entries(unsayable)) {
      if (schema[keyword] !== undefined)
        this.#refuse(
          `${path}/${keyword}`,
          schema[keyword],
          `left out, strict mode has no such keyword: use ${instead}`,
        );
    }
    const inside = { ...place, around: new Set(around).add(schema) };
    if (schema.$ref !== undefined) return this.#reference(schema, path);
    if (schema.anyOf !== undefined) return this.#union(schema, 'anyOf', inside);
    if (schema.oneOf !== undefined) return this.#union(schema, 'oneOf', inside);
    return this.#value(schema, inside);
  }

  #reference(schema: Readonly<Record<string, unknown>>, path: string): SchemaNode {
    const { $ref } = schema;
    this.#refuseSiblings(schema, '$ref', path);
    if ($ref === '#') return { kind: 'reference', name: '#' };
    const name =
      typeof $ref === 'string' ? /^#\/(?:\$defs|definitions)\/([^/~%]+)$/.exec($ref)?.[1] : undefined;
    if (name === undefined || this.#at(`${$ref}`) === undefined)
      return this.#refuse(`${path}/$ref`, $ref, "'#', or the '#/$defs/…' of a definition of this schema");
    const known = this.#named.get(name);
    if (known !== undefined && known !== $ref)
      this.#refuse(`${path}/$ref`, $ref, 'a name that $defs and definitions do not both use');
    this.#named.set(name, `${$ref}`);
    return { kind: 'reference', name };
  }

  #union(schema: Readonly<Record<string, unknown>>, keyword: 'anyOf' | 'oneOf', place: Place): UnionNode {
    const forms = schema[keyword];
    this.#refuseSiblings(schema, keyword, place.path);
    if (!Array.isArray(forms) || forms.length === 0)
      return this.#refuse(`${place.path}/${keyword}`, forms, 'an array of schemas');
    return {
      kind: 'union',
      variants: forms.map((form: unknown, index) =>
        this.#node(form, { ...place, path: `${place.path}/${keyword}/${index}` }),
      ),
      exactlyOne: keyword === 'oneOf',
      annotations: annotationsOf(schema),
    };
  }

  #value(schema: Readonly<Record<string, unknown>>, place: Place): ValueNode {
    const literals = this.#literals(schema, place.path);
    const types = this.#types(schema, literals, place.path);
    return {
      kind: 'value',
      types,
      literals,
      ...this.#limits(schema, place.path),
      object: types.includes('object') ? this.#object(schema, place) : undefined,
      items: types.includes('array')
        ? this.#node(schema.items, { ...place, path: `${place.path}/items` })
        : undefined,
      annotations: annotationsOf(schema),
    };
  }

  #types(
    schema: Readonly<Record<string, unknown>>,
    literals: readonly Literal[] | undefined,
    path: string,
  ): readonly JsonType[] {
    const { type } = schema;
    const named: readonly unknown[] = type === undefined ? [] : Array.isArray(type) ? type : [type];
    const types = jsonTypes.filter((one) => named.includes(one));
    if (types.length < named.length) this.#refuse(`${path}/type`, type, `one of ${jsonTypes.join(', ')}`);
    if (types.length > 0) return types;
    if (literals !== undefined)
      return jsonTypes.filter((one) => literals.some((value) => typeOf(value) === one));
    if (schema.properties !== undefined) return ['object'];
    if (schema.items !== undefined) return ['array'];
    return this.#refuse(path, schema, 'a schema with a type: strict mode cannot leave it open');
  }

  #literals(schema: Readonly<Record<string, unknown>>, path: string): readonly Literal[] | undefined {
    const keyword = 'const' in schema ? 'const' : 'enum';
    const given: unknown = keyword === 'const' ? [schema.const] : schema.enum;
    if (given === undefined) return undefined;
    if (!Array.isArray(given) || given.length === 0 || !given.every(isLiteral))
      return this.#refuse(`${path}/${keyword}`, schema[keyword], 'strings, numbers, booleans or null');
    this.#enumValues += given.length;
    if (this.#enumValues > schemaEnumValuesMax)
      this.#refuse(path, 'too long', `a schema of at most ${schemaEnumValuesMax} enum values in all`);
    return given;
  }

  #limits(
    schema: Readonly<Record<string, unknown>>,
    path: string,
  ): Pick<ValueNode, 'limits' | 'localLimits'> {
    const limits: Record<string, unknown> = {};
    const localLimits: Record<string, unknown> = {};
    for (const [keyword, home] of Object.entries(numberKeywords)) {
      const value = schema[keyword];
      if (value === undefined) continue;
      if (typeof value !== 'number') this.#refuse(`${path}/${keyword}`, value, 'a number');
      (home === 'strict' ? limits : localLimits)[keyword] = value;
    }
    if (schema.uniqueItems === true) localLimits.uniqueItems = true;
    const { format, pattern } = schema;
    if (typeof format === 'string' && strictFormats.includes(format)) limits.format = format;
    if (pattern !== undefined) {
      if (!isRegExp(pattern)) this.#refuse(`${path}/pattern`, pattern, 'a regular expression');
      // Strict mode refuses what looks ahead or behind.
      (/\(\?[=!<]/.test(String(pattern)) ? localLimits : limits).pattern = pattern;
    }
    return { limits, localLimits };
  }

  #object(schema: Readonly<Record<string, unknown>>, place: Place): ObjectShape {
    const { path } = place;
    const { properties, additionalProperties, required = [] } = schema;
    if (place.objects >= schemaObjectNestingMax)
      this.#refuse(path, 'nested too deep', `at most ${schemaObjectNestingMax} objects deep`);
    if (additionalProperties !== undefined && additionalProperties !== false)
      this.#refuse(
        `${path}/additionalProperties`,
        additionalProperties,
        'false: strict mode has no open objects; use an array of objects with a key and a value',
      );
    if (properties === undefined && additionalProperties === undefined)
      this.#refuse(path, schema, 'an object that names its properties');
    if (properties !== undefined && !isRecord(properties))
      this.#refuse(`${path}/properties`, properties, 'an object of schemas');
    const named = isRecord(properties) ? Object.entries(properties) : [];
    const names = named.map(([name]) => name);
    if (!Array.isArray(required) || !required.every((name) => names.includes(name)))
      return this.#refuse(`${path}/required`, required, 'an array of names that stand in properties');
    this.#properties += named.length;
    if (this.#properties > schemaPropertiesMax)
      this.#refuse(path, 'too large', `a schema of at most ${schemaPropertiesMax} properties in all`);
    return {
      properties: named.map(([name, one]) => ({
        name,
        node: this.#node(one, {
          ...place,
          path: `${path}/properties/${escaped(name)}`,
          objects: place.objects + 1,
        }),
        required: required.includes(name),
      })),
      closed: additionalProperties === false,
    };
  }

  /** Beside `$ref` and `anyOf` strict mode takes nothing but words for the reader. */
  #refuseSiblings(schema: Readonly<Record<string, unknown>>, keyword: string, path: string): void {
    const said = ['type', 'properties', 'items', 'enum', 'const', 'required', 'anyOf', 'oneOf'];
    const sibling = said.find((one) => one !== keyword && schema[one] !== undefined);
    if (sibling !== undefined)
      this.#refuse(`${path}/${sibling}`, schema[sibling], `left out beside ${keyword}: say it inside`);
  }

  /** A reference that comes back to itself without a value between would never end. */
  #refuseEmptyLoop(start: string, name: string, seen: Set<string>): void {
    if (seen.has(name)) {
      if (name === start)
        this.#refuse(this.#named.get(name) ?? '#', 'a reference to itself', 'a schema of its own');
      return;
    }
    seen.add(name);
    const next = (node: SchemaNode | undefined): void => {
      if (node?.kind === 'reference') this.#refuseEmptyLoop(start, node.name, seen);
      else if (node?.kind === 'union') node.variants.forEach(next);
    };
    next(this.#definitions.get(name));
  }

  /** What stands at a pointer into the whole schema. */
  #at(pointer: string): unknown {
    let at: unknown = this.#schema;
    for (const part of pointer.split('/').slice(1)) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      at = isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined;
    }
    return at;
  }

  #refuse(path: string, value: unknown, accepted: string): never {
    throw new InvalidOptionError(`${this.#field}${path}`, value, accepted);
  }
}

function annotationsOf({ title, description }: Readonly<Record<string, unknown>>): Annotations {
  return {
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  };
}

function isLiteral(value: unknown): value is Literal {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function typeOf(literal: Literal): JsonType {
  if (literal === null) return 'null';
  if (typeof literal === 'string') return 'string';
  return typeof literal === 'number' ? 'number' : 'boolean';
}

function isRegExp(pattern: unknown): boolean {
  if (typeof pattern !== 'string') return false;
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** A name as a step of a JSON pointer. */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
