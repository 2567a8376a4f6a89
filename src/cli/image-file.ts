import { open } from 'node:fs/promises';

/** How many of a file's first bytes tell what it is. */
const headBytes = 12;

/** The images that Codex shows to a model, by their first bytes. */
const imageHead = /^(?:\x89PNG\r\n[\s\S]\n|\xff\xd8\xff|GIF8[79]a|RIFF[\s\S]{4}WEBP)/;

/** Whether the file begins as a PNG, JPEG, GIF or WebP image does. Rejects when it cannot be read. */
export async function isImageFile(file: string): Promise<boolean> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  return imageHead.test(buffer.toString('latin1', 0, bytesRead));
}
