import type { Json } from './case-format.ts';

/** A JSON value as an Erlang term: objects as maps with binary keys, strings as binaries. `file:consult/1` reads it, with a dot behind. */
export function erlangTerm(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'string') return `<<${JSON.stringify(value)}/utf8>>`;
  if (Array.isArray(value)) return `[${value.map((item) => erlangTerm(item)).join(', ')}]`;
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [`${erlangTerm(key)} => ${erlangTerm(member)}`],
  );
  return `#{${members.join(', ')}}`;
}
