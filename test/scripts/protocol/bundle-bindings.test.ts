import { describe, expect, test } from 'vitest';
import { bundleBindings } from '../../../scripts/protocol/bundle-bindings.ts';
import { parseBinding } from '../../../scripts/protocol/parse-binding.ts';

const head = '// GENERATED CODE! DO NOT MODIFY BY HAND!\n\n';
const files: Readonly<Record<string, string>> = {
  'ClientRequest.ts': `import type { RequestId } from "./RequestId";
import type { PlayParams } from "./v2/PlayParams";

/** Asked. */
export type ClientRequest = { "method": "play", id: RequestId, params: PlayParams, } | { "method": "music/stop", id: RequestId, params?: undefined, };`,
  'ClientNotification.ts': 'export type ClientNotification = { "method": "initialized" };',
  'ServerNotification.ts': 'export type ServerNotification = { "method": "done" };',
  'ServerRequest.ts': `import type { RequestId } from "./RequestId";
export type ServerRequest = { "method": "ask", id: RequestId, params: undefined, };`,
  'RequestId.ts': 'export type RequestId = string | number;',
  'AskResponse.ts': 'export type AskResponse = "yes";',
  'Tone.ts': 'export type Tone = "old";',
  'Same.ts': '/** Twice. */\nexport type Same = string;',
  'Unused.ts': 'export type Unused = never;',
  'v2/PlayParams.ts': `import type { Tone } from "../Tone";
import type { Tone2 } from "./Tone2";
import type { Same } from "../Same";
export type PlayParams = { tone: Tone, other: Tone2, same: Same };`,
  'v2/Tone2.ts':
    'import type { Tone } from "./Tone";\nimport type { Same } from "./Same";\nexport type Tone2 = [Tone, Same];',
  'v2/Tone.ts': 'export type Tone = "new";',
  'v2/Same.ts': 'export type Same = string;',
  'v2/PlayResponse.ts': 'export type PlayResponse = {};',
  'v2/MusicStopResponse.ts': 'export type MusicStopResponse = {};',
};

function bundle(given: Readonly<Record<string, string>>): string {
  return bundleBindings(Object.entries(given).map(([file, text]) => parseBinding(file, head + text))).text;
}

describe('the bundle', () => {
  test('holds what is reachable, without imports, and a table of answers', () => {
    const text = bundle(files);
    expect(text).not.toMatch(/import|Unused|GENERATED/);
    expect(text).toContain('/** Asked. */\nexport type ClientRequest');
    expect(text).toContain('  "play": PlayResponse;\n  "music/stop": MusicStopResponse;\n');
    expect(text).toContain('  "ask": AskResponse;\n');
  });

  test('keeps apart types of one name that differ, and joins those that do not', () => {
    const text = bundle(files);
    expect(text).toContain('export type ToneV1 = "old";');
    expect(text).toContain('tone: ToneV1, other: Tone2');
    expect(text).toContain('export type Tone2 = [Tone, Same];');
    expect(text.match(/export type Same\b/g)).toHaveLength(1);
  });

  test('is refused when the answer to a method cannot be told', () => {
    const { 'v2/MusicStopResponse.ts': _left, ...rest } = files;
    expect(() => bundle(rest)).toThrow('Name the answer to music/stop');
  });

  test('is refused when a method is written in a form that is not understood', () => {
    const asks = `${files['ServerRequest.ts']?.slice(0, -1)} | { "method": "ask/again", key: 1 };`;
    const changed = { ...files, 'ServerRequest.ts': asks };
    expect(() => bundle(changed)).toThrow('Not every method of ServerRequest was understood');
  });

  test('is refused when a type is missing', () => {
    const { 'RequestId.ts': _left, ...rest } = files;
    expect(() => bundle(rest)).toThrow('no type RequestId');
  });
});

test('a file that is not one exported type is refused, so that a changed generator is noticed', () => {
  expect(() => parseBinding('A.ts', 'export type A = 1;\nexport type B = 2;')).toThrow(
    'A.ts is not a single exported type',
  );
  expect(() => parseBinding('A.ts', 'import { x } from "./x";\nexport type A = x;')).toThrow(
    'not a single exported type',
  );
});
