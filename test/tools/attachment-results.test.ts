import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import { z } from 'zod';
import { ThreadActor } from '../../src/actors/index.ts';
import { attachedBytesMax, attachedTextBytesMax } from '../../src/actors/tools/attachment-result.ts';
import { toolResponse } from '../../src/actors/tools/tool-results.ts';
import { UnusableResultError } from '../../src/actors/tools/unusable-result.ts';
import { defineTool, type StagedFile } from '../../src/index.ts';
import { functionCall, text } from '../../src/testing/index.ts';
import { CodexRig } from '../codex/rig.ts';

/** A picture of one pixel. */
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'codex-actors-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A staged file as a tool may return it. */
async function staged(name: string, contentType: string, content: Uint8Array | string): Promise<StagedFile> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  const id = createHash('sha256').update(content).digest('hex');
  return { id, name, path: file, size: Buffer.byteLength(content), contentType };
}

async function itemOf(attachment: unknown): Promise<unknown> {
  const { contentItems } = await toolResponse({ content: [{ type: 'attachment', attachment }] });
  return contentItems[0];
}

describe('a staged file in the result of a tool', () => {
  test('that is a picture reaches the model as a picture', async () => {
    expect(await itemOf(await staged('dot.png', 'image/png', dot))).toEqual({
      type: 'inputImage',
      imageUrl: `data:image/png;base64,${dot.toString('base64')}`,
    });
  });

  test('that is a recording reaches it as a recording', async () => {
    expect(await itemOf(await staged('beep.wav', 'audio/wav', 'RIFF'))).toEqual({
      type: 'inputAudio',
      audioUrl: `data:audio/wav;base64,${Buffer.from('RIFF').toString('base64')}`,
    });
  });

  test('that is a short text reaches it as its text', async () => {
    expect(await itemOf(await staged('note.txt', 'text/plain', 'remember'))).toEqual({
      type: 'inputText',
      text: 'remember',
    });
  });

  test.each([
    ['a format that it does not read', 'icon.svg', 'image/svg+xml', 10],
    ['neither picture nor text', 'data.bin', 'application/octet-stream', 10],
    ['a picture that is too large', 'large.png', 'image/png', attachedBytesMax + 1],
    ['a recording that is too large', 'large.wav', 'audio/wav', attachedBytesMax + 1],
    ['a text that is too long', 'long.txt', 'text/plain', attachedTextBytesMax + 1],
  ])('that is %s is told as the path to read it at', async (_what, name, contentType, size) => {
    const file = await staged(name, contentType, Buffer.alloc(size));
    expect(await itemOf(file)).toEqual({
      type: 'inputText',
      text: `The file ${name} (${contentType}, ${size} bytes) is at ${file.path}`,
    });
  });

  test.each([
    [
      'is gone',
      { id: 'x', name: 'gone.png', path: '/nonexistent/gone.png', size: 1, contentType: 'image/png' },
    ],
    ['was never one', { path: '/etc/passwd' }],
    ['is nothing', undefined],
  ])('that %s cannot be used', async (_what, attachment) => {
    await expect(itemOf(attachment)).rejects.toThrow(UnusableResultError);
  });
});

test('a tool of a ThreadActor’s own thread returns a staged picture, and the model sees it', async () => {
  const rig = await CodexRig.start();
  const file = path.join(folder, 'shot.png');
  await writeFile(file, dot);
  const attachment = await rig.codex.files.stage(file);
  const shoot = defineTool({
    name: 'shoot',
    description: 'Takes a picture.',
    input: z.object({}),
    execute: () => ({ content: [{ type: 'attachment', attachment }] }),
  });
  rig.model.enqueue([functionCall('shoot', {})], [text('a dot')]);
  const options = { ...rig.threadOptions, tools: [shoot] };
  const actor = createActor(ThreadActor, { input: { codex: rig.codex, options } });
  const completed = new Promise<string>((resolve) => {
    actor.on('turn.completed', ({ finalResponse }) => resolve(finalResponse));
  });
  actor.start();
  actor.send({ type: 'turn.run', input: 'show me' });
  expect(await completed).toBe('a dot');
  const { threadId } = actor.getSnapshot().context;
  expect(JSON.stringify(rig.model.requestsOf(threadId ?? '').at(-1)?.body)).toContain(
    'data:image/png;base64,',
  );
  actor.stop();
  expect(await rig.close()).toEqual([]);
});
