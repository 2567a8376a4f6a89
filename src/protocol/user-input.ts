import type { AppServerUserInput } from './app-server.ts';
import { InputTooLargeError, InvalidOptionError } from './errors/call-errors.ts';
import { isRecord } from './unread.ts';

/** A part of what the user says. */
export type UserInput =
  | { type: 'text'; text: string }
  /** A picture on the disk of the Codex process; a missing file is told to the model, and is no error. */
  | { type: 'local_image'; path: string }
  /** A recording on the disk of the Codex process, for models that listen; others are told where it is. */
  | { type: 'local_audio'; path: string }
  /** Any other file on the disk of the Codex process: the model is told its name and its path, and reads it if it wants. */
  | { type: 'mention'; name: string; path: string };

/** What starts a turn: a text, or texts and pictures. */
export type Input = string | readonly UserInput[];

/** What Codex takes in one turn, in Unicode characters of all texts together. Source: the answer `input_too_large` to `turn/start`. */
export const inputCharsMax = 1_048_576;

/** How many parts an input may have. */
export const inputPartsMax = 10_000;

/** An input taken apart: the texts joined with a blank line, and the paths of the pictures. Both as in the official SDK. */
export interface PromptAndImages {
  readonly prompt: string;
  readonly images: readonly string[];
}

/**
 * Checks an input and takes it apart: the form in which `codex exec` wants it. It has no form for recordings and other files, so
 * the prompt names them.
 *
 * @throws InvalidOptionError when it is no input, naming the part; InputTooLargeError above `inputCharsMax` characters.
 */
export function promptAndImages(input: unknown): PromptAndImages {
  const parts = checkedParts(input);
  const named = parts.filter((part) => part.type === 'local_audio' || part.type === 'mention');
  return { prompt: promptOf(parts, named), images: parts.filter(isImage).map(({ path }) => path) };
}

/**
 * A value from outside as the input that it is.
 *
 * @throws InvalidOptionError when it is none, naming the part; InputTooLargeError above `inputCharsMax` characters.
 */
export function checkedInput(input: unknown): Input {
  promptAndImages(input);
  return typeof input === 'string' ? input : checkedParts(input);
}

/**
 * The input of `turn/start` and `turn/steer`: one text, then the pictures, as exec gives them to the model, then recordings and mentions.
 * The prompt names mentioned files too, since Codex shows the model nothing of a mention. Checks as `promptAndImages` does.
 */
export function appServerInput(input: unknown): AppServerUserInput[] {
  const parts = checkedParts(input);
  const mentions = parts.filter((part) => part.type === 'mention');
  const prompt = promptOf(parts, mentions);
  const others: AppServerUserInput[] = [
    ...parts.filter(isImage).map(({ path }): AppServerUserInput => ({ type: 'localImage', path })),
    ...parts.flatMap((part): AppServerUserInput[] =>
      part.type === 'local_audio' ? [{ type: 'localAudio', path: part.path }] : [],
    ),
    ...mentions,
  ];
  return prompt === '' && others.length > 0
    ? others
    : [{ type: 'text', text: prompt, text_elements: [] }, ...others];
}

type NamedFile = Extract<UserInput, { readonly type: 'local_audio' | 'mention' }>;

/** The texts, and below them the files that the model learns of in no other way. */
function promptOf(parts: readonly UserInput[], files: readonly NamedFile[]): string {
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const lines = files.map((file) =>
    file.type === 'mention' ? `- ${file.name}: ${file.path}` : `- ${file.path}`,
  );
  if (lines.length > 0) texts.push(['Attached files:', ...lines].join('\n'));
  const prompt = texts.join('\n\n');
  const chars = characters(prompt);
  if (chars > inputCharsMax) throw new InputTooLargeError(chars, inputCharsMax);
  return prompt;
}

function isImage(part: UserInput): part is Extract<UserInput, { readonly type: 'local_image' }> {
  return part.type === 'local_image';
}

function checkedParts(input: unknown): readonly UserInput[] {
  if (typeof input === 'string') return [{ type: 'text', text: input }];
  if (!Array.isArray(input) || input.length > inputPartsMax)
    throw new InvalidOptionError('input', input, `a string, or an array of at most ${inputPartsMax} parts`);
  return input.map((part: unknown, index) => {
    const checked = checkedPart(part);
    if (checked !== undefined) return checked;
    throw new InvalidOptionError(
      `input[${index}]`,
      isRecord(part) ? part.type : part,
      "{ type: 'text', text }, { type: 'local_image' or 'local_audio', path }, or { type: 'mention', name, path }",
    );
  });
}

function checkedPart(part: unknown): UserInput | undefined {
  if (!isRecord(part)) return undefined;
  const { type, text, path, name } = part;
  if (type === 'text' && typeof text === 'string') return { type, text };
  if (typeof path !== 'string') return undefined;
  if (type === 'local_image' || type === 'local_audio') return { type, path };
  return type === 'mention' && typeof name === 'string' ? { type, name, path } : undefined;
}

/** Counts as Codex does: a surrogate pair is one character. */
function characters(text: string): number {
  if (text.length <= inputCharsMax) return text.length;
  let pairs = 0;
  for (let index = 0; index < text.length - 1; index += 1) {
    if (text.charCodeAt(index) >> 10 === 0x36 && text.charCodeAt(index + 1) >> 10 === 0x37) pairs += 1;
  }
  return text.length - pairs;
}
