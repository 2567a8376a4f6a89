import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Input } from '../index.ts';
import type { PromptSource, RunArguments } from './arguments.ts';
import { isImageFile } from './image-file.ts';

/** Bytes of a prompt read from standard input. Codex itself takes 1,048,576 characters, of at most 4 bytes each. */
const promptBytesMax = 4 * 1_048_576;

/** The command line names something that cannot be used; the message says what, and what to do. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a turn is given, read from the command line, standard input and files. */
export interface TurnInput {
  readonly input: Input;
  readonly outputSchema: unknown;
}

/**
 * Reads and checks all that the turn needs before anything is started.
 *
 * @throws UsageError when the prompt is empty or too long, or a file or folder cannot be used; the signal's reason when aborted.
 */
export async function readTurnInput(
  run: RunArguments,
  stdin: Readable,
  signal: AbortSignal,
): Promise<TurnInput> {
  if (run.workingDirectory !== undefined) await mustBe('directory', '--cd', run.workingDirectory);
  for (const image of run.images) await mustBeImage(image);
  const outputSchema =
    run.outputSchemaFile === undefined ? undefined : await readSchema(run.outputSchemaFile, signal);
  const text = await readPrompt(run.prompt, stdin, signal);
  // Codex may work in another folder: what the user names is relative to where the user is.
  const images = run.images.map((image) => ({ type: 'local_image' as const, path: path.resolve(image) }));
  return { input: images.length === 0 ? text : [{ type: 'text', text }, ...images], outputSchema };
}

async function mustBe(kind: 'file' | 'directory', option: string, name: string): Promise<void> {
  const stats = await stat(name).catch(() => undefined);
  if (stats === undefined) throw new UsageError(`${option}: there is no ${kind} ${name}.`);
  if (kind === 'file' ? !stats.isFile() : !stats.isDirectory())
    throw new UsageError(`${option}: ${name} is no ${kind}.`);
}

async function mustBeImage(file: string): Promise<void> {
  await mustBe('file', '--image', file);
  const isImage = await isImageFile(file).catch((error: unknown) => {
    throw new UsageError(`--image: ${file} cannot be read.`, { cause: error });
  });
  // Codex would leave it out and the turn would go on without it.
  if (!isImage) throw new UsageError(`--image: ${file} must be a PNG, JPEG, GIF or WebP image.`);
}

async function readSchema(file: string, signal: AbortSignal): Promise<unknown> {
  await mustBe('file', '--output-schema', file);
  const text = await readFile(file, { encoding: 'utf8', signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new UsageError(`--output-schema: ${file} cannot be read.`, { cause: error });
  });
  try {
    const schema: unknown = JSON.parse(text);
    if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema;
  } catch (error) {
    throw new UsageError(`--output-schema: ${file} is not valid JSON.`, { cause: error });
  }
  throw new UsageError(`--output-schema: ${file} must hold a JSON object, a JSON Schema.`);
}

async function readPrompt(source: PromptSource, stdin: Readable, signal: AbortSignal): Promise<string> {
  if (source.from === 'argument') return source.text;
  const chunks: Buffer[] = [];
  let size = 0;
  const onAbort = (): void => void stdin.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of stdin) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > promptBytesMax) throw new UsageError('The prompt on standard input is longer than 4 MiB.');
      chunks.push(bytes);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  signal.throwIfAborted();
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') throw new UsageError('The prompt on standard input is empty.');
  return text;
}
