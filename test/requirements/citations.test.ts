import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { elixirRequirements } from './elixir.ts';
import { otpRequirements } from './otp.ts';
import { supervisionDifferences } from './otp-differences.ts';
import { processFacts } from './process-facts.ts';

const required = [...otpRequirements, ...elixirRequirements, ...processFacts].map(({ id }) => id);

/** Ids in square brackets within the tests of the supervision layer. */
function cited(): Set<string> {
  const files = readdirSync('test/supervisor').filter((name) => name.endsWith('.test.ts'));
  const text = files.map((name) => readFileSync(`test/supervisor/${name}`, 'utf8')).join('\n');
  return new Set(
    [...text.matchAll(/\[((?:otp|ex|1\.[45])-[a-z0-9-]+)\]/g)].flatMap(([, id]) => (id ? [id] : [])),
  );
}

it('every requirement is proven by a test that cites it', () => {
  const citations = cited();
  expect(required.filter((id) => !citations.has(id))).toEqual([]);
});

it('every id that a test cites is a requirement', () => {
  const known = new Set(required);
  expect([...cited()].filter((id) => !known.has(id))).toEqual([]);
});

it('ids are given once', () => {
  const ids = [...required, ...supervisionDifferences.map(({ id }) => id)];
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

it('every difference from OTP is explained in docs/supervision.md, and no other', () => {
  const page = readFileSync('docs/supervision.md', 'utf8');
  const explained = [...page.matchAll(/`(diff-[a-z-]+)`/g)].map(([, id]) => id);
  expect(explained.sort()).toEqual(supervisionDifferences.map(({ id }) => id).sort());
});
