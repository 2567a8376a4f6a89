import { isRecord } from '../unread.ts';
import { acceptsNull, resolved, type SchemaNode, type SchemaTree } from './schema-tree.ts';
import { issuesAt, valueDepthMax } from './value-check.ts';

/**
 * Turns an answer in strict form into a value of the schema that was given: an optional key that is null becomes absent. What does
 * not fit the schema stays as it is, for the check to find.
 *
 * A key that is both optional and nullable stays null: strict mode has no third word for it.
 */
export function decodeAnswer(tree: SchemaTree, answer: unknown): unknown {
  return decode(tree, tree.root, answer, 0);
}

function decode(tree: SchemaTree, node: SchemaNode, answer: unknown, depth: number): unknown {
  if (depth > valueDepthMax) return answer;
  const place = resolved(tree, node);
  if (place.kind === 'union') {
    const form = place.variants.find(
      (variant) => issuesAt(tree, variant, answer, { nullForAbsent: true }).length === 0,
    );
    return form === undefined ? answer : decode(tree, form, answer, depth + 1);
  }
  const { items, object } = place;
  if (items !== undefined && Array.isArray(answer))
    return answer.map((item: unknown) => decode(tree, items, item, depth + 1));
  if (object === undefined || !isRecord(answer)) return answer;
  const properties = new Map(object.properties.map((property) => [property.name, property]));
  return Object.fromEntries(
    Object.entries(answer).flatMap(([name, value]) => {
      const property = properties.get(name);
      if (property === undefined) return [[name, value]];
      if (value === null && !property.required && !acceptsNull(tree, property.node)) return [];
      return [[name, decode(tree, property.node, value, depth + 1)]];
    }),
  );
}
