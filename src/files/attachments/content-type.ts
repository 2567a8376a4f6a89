import { extname } from 'node:path';

/** How many of a file's first bytes are looked at. */
export const headBytes = 4_096;

interface Signature {
  readonly type: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

function signature(type: string, bytes: string, offset = 0): Signature {
  return { type, offset, bytes: Buffer.from(bytes, 'latin1') };
}

/** Formats by what stands at a fixed place. The first that fits counts. */
const signatures: readonly Signature[] = [
  signature('image/png', '\x89PNG\r\n\x1a\n'),
  signature('image/jpeg', '\xff\xd8\xff'),
  signature('image/gif', 'GIF87a'),
  signature('image/gif', 'GIF89a'),
  signature('image/bmp', 'BM'),
  signature('image/tiff', 'II*\0'),
  signature('image/tiff', 'MM\0*'),
  signature('image/x-icon', '\0\0\x01\0'),
  signature('audio/mpeg', 'ID3'),
  signature('audio/flac', 'fLaC'),
  signature('audio/amr', '#!AMR'),
  signature('application/ogg', 'OggS'),
  signature('video/x-matroska', '\x1aE\xdf\xa3'),
  signature('application/pdf', '%PDF-'),
  signature('application/zip', 'PK\x03\x04'),
  signature('application/zip', 'PK\x05\x06'),
  signature('application/gzip', '\x1f\x8b'),
  signature('application/x-bzip2', 'BZh'),
  signature('application/x-xz', '\xfd7zXZ\0'),
  signature('application/zstd', '(\xb5/\xfd'),
  signature('application/x-7z-compressed', "7z\xbc\xaf'\x1c"),
  signature('application/vnd.rar', 'Rar!\x1a\x07'),
  signature('application/x-tar', 'ustar', 257),
  signature('application/vnd.sqlite3', 'SQLite format 3\0'),
  signature('application/vnd.apache.parquet', 'PAR1'),
  signature('application/wasm', '\0asm'),
  signature('application/x-elf', '\x7fELF'),
];

/** The kinds of a RIFF file and of an ISO media file, by the four letters that name them. */
const riffTypes: Readonly<Record<string, string>> = {
  WEBP: 'image/webp',
  WAVE: 'audio/wav',
  'AVI ': 'video/x-msvideo',
};
const mediaBrands: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  heic: 'image/heic',
  heix: 'image/heic',
  mif1: 'image/heif',
  'M4A ': 'audio/mp4',
  'qt  ': 'video/quicktime',
};

/** Types by the end of the name, for what has no signature of its own. */
const typesByExtension: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.css': 'text/css',
  '.diff': 'text/x-diff',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.epub': 'application/epub+zip',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.jar': 'application/java-archive',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.jsonl': 'application/jsonl',
  '.log': 'text/plain',
  '.md': 'text/markdown',
  '.mjs': 'text/javascript',
  '.mp3': 'audio/mpeg',
  '.odp': 'application/vnd.oasis.opendocument.presentation',
  '.ods': 'application/vnd.oasis.opendocument.spreadsheet',
  '.odt': 'application/vnd.oasis.opendocument.text',
  '.ogg': 'audio/ogg',
  '.ogv': 'video/ogg',
  '.opus': 'audio/ogg',
  '.patch': 'text/x-diff',
  '.pptx': 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  '.py': 'text/x-python',
  '.svg': 'image/svg+xml',
  '.toml': 'application/toml',
  '.ts': 'text/x-typescript',
  '.tsv': 'text/tab-separated-values',
  '.txt': 'text/plain',
  '.webm': 'video/webm',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  '.xml': 'application/xml',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
};

/** Containers of many formats: there the name may say which, if it says one of these. */
const namesWithin: Readonly<Record<string, RegExp>> = {
  'application/zip': /^application\/(?:vnd\.o|epub|java-archive)/,
  'application/ogg': /^(?:audio|video)\/ogg$/,
  'video/x-matroska': /^video\/webm$/,
};

/** Types that only text can have: bytes that are none are not called so, whatever the name says. */
const textual = /^text\/|^application\/(?:json|jsonl|toml|xml|yaml)$|^image\/svg/;

/**
 * The MIME type of a file by its first bytes, where they tell; else by its name, where that can be; else `text/plain` or
 * `application/octet-stream`.
 *
 * @param head The first `headBytes` bytes, or all there are.
 */
export function contentTypeOf(head: Uint8Array, name: string): string {
  const byName = typesByExtension[extname(name).toLowerCase()];
  const byBytes = signatureOf(head);
  if (byBytes !== undefined) {
    return byName !== undefined && namesWithin[byBytes]?.test(byName) === true ? byName : byBytes;
  }
  const text = isText(head);
  if (byName !== undefined && (text || !textual.test(byName))) return byName;
  return text ? 'text/plain' : 'application/octet-stream';
}

function signatureOf(head: Uint8Array): string | undefined {
  if (letters(head, 0, 4) === 'RIFF') return riffTypes[letters(head, 8, 12)];
  if (letters(head, 4, 8) === 'ftyp') return mediaBrands[letters(head, 8, 12)] ?? 'video/mp4';
  if (isMpegAudio(head)) return 'audio/mpeg';
  const found = signatures.find(({ offset, bytes }) => startsWith(head, offset, bytes));
  // Two letters are little to go by.
  return found?.type === 'image/bmp' && isText(head) ? undefined : found?.type;
}

function letters(head: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...head.subarray(from, to));
}

/** A frame of MPEG layer III without a tag before it. */
function isMpegAudio(head: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0] = head;
  return first === 0xff && (second & 0xe6) === 0xe2 && third >> 4 !== 0xf;
}

function startsWith(head: Uint8Array, offset: number, bytes: Uint8Array): boolean {
  return head.length >= offset + bytes.length && bytes.every((byte, index) => head[offset + index] === byte);
}

/** UTF-8 without NUL. A character that the end of `head` cuts in two is none the worse. */
function isText(head: Uint8Array): boolean {
  if (head.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}
