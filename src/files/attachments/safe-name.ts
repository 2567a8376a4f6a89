import { InvalidOptionError } from '../../protocol/errors/call-errors.ts';

/** Bytes of a file name in UTF-8: what every file system of note takes, with room for a suffix. */
export const nameBytesMax = 200;

/** Bytes of an extension that is kept when a name is cut. */
const extensionBytesMax = 20;

/** The name of a file that was given none. */
const unnamed = 'attachment';

/** Names that Windows keeps for devices, with any extension. */
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/** Control characters, line separators, and the marks that turn the direction of text so that `gpj.exe` reads `exe.jpg`. */
const unprintable = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** What some file system does not take in a name. */
const unportable = /[<>:"|?*]/g;

/**
 * A file name, alone and harmless, for the name that a caller gives: no folders, no control characters, no device, at most
 * `nameBytesMax` bytes with the extension kept. What is left without a character is called `attachment`.
 *
 * @throws InvalidOptionError when it is no string.
 * @example safeName('../../etc/passwd') // 'passwd'
 */
export function safeName(name: unknown): string {
  if (typeof name !== 'string') throw new InvalidOptionError('name', name, 'a string');
  const last = name.toWellFormed().normalize('NFC').split(/[/\\]/).findLast(isName) ?? '';
  const printable = last.replace(unprintable, '').replace(unportable, '_').trim();
  const whole = withoutTrailingDots(cut(withoutTrailingDots(printable)));
  if (whole === '') return unnamed;
  return device.test(whole) ? `_${whole}` : whole;
}

function isName(part: string): boolean {
  return part.replace(unprintable, '').replace(/[. ]/g, '') !== '';
}

/** Windows drops dots and spaces at the end, so that two names become one. */
function withoutTrailingDots(name: string): string {
  return name.replace(/[. ]+$/, '');
}

function cut(name: string): string {
  if (Buffer.byteLength(name) <= nameBytesMax) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= extensionBytesMax ? name.slice(dot) : '';
  const room = nameBytesMax - Buffer.byteLength(extension);
  let kept = '';
  let bytes = 0;
  for (const character of name.slice(0, name.length - extension.length)) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    kept += character;
  }
  return kept + extension;
}
