import { describe, expect, test } from 'vitest';
import { configOverrides, tomlValue } from '../../src/protocol/toml.ts';

describe('a configuration', () => {
  test('is flattened to dotted paths, in its order', () => {
    expect(
      configOverrides({
        a: { b: 'x', 'c-d': { e: 1.5 } },
        f: [true, { 'g h': 2, i: undefined }],
        j: {},
        k: undefined,
      }),
    ).toEqual(['a.b="x"', 'a.c-d.e=1.5', 'f=[true, {"g h" = 2}]', 'j={}']);
  });

  test('that is empty says nothing', () => {
    expect(configOverrides({})).toEqual([]);
  });

  test.each([
    ['config', null],
    ['config', []],
    ['config.a.b', { a: { b: null } }],
    ['config.a', { a: Number.NaN }],
    ['config.a[1]', { a: [1, Number.POSITIVE_INFINITY] }],
    ['config.a[0].b', { a: [{ b: () => 1 }] }],
    ['config.a', { a: { '': 1 } }],
    ['config', { '': 1 }],
    ['config.a[0]', { a: [{ '': 1 }] }],
    ['config.a', { a: 1n }],
  ])('with a value that TOML cannot hold is refused with %s named', (field, config) => {
    expect(() => configOverrides(config)).toThrow(expect.objectContaining({ code: 'invalid_option', field }));
  });

  test('that contains itself is refused, not followed for ever', () => {
    const config: { inner?: unknown } = {};
    config.inner = config;
    expect(() => configOverrides(config)).toThrow(expect.objectContaining({ code: 'invalid_option' }));
    const list: unknown[] = [];
    list.push(list);
    expect(() => configOverrides({ list })).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });
});

test('a string is written as TOML reads it: the delete character and half surrogate pairs too', () => {
  expect(tomlValue('a"b\n\u007f\ud800')).toBe('"a\\"b\\n\\u007f\uFFFD"');
});
