import { describe, expect, test } from 'vitest';
import { contentTypeOf } from '../../src/files/attachments/content-type.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('the content type', () => {
  test.each([
    ['\x89PNG\r\n\x1a\n....', 'x', 'image/png'],
    ['\xff\xd8\xff\xe0', 'x', 'image/jpeg'],
    ['GIF89a', 'x', 'image/gif'],
    ['RIFF....WEBPVP8 ', 'x', 'image/webp'],
    ['RIFF....WAVEfmt ', 'x', 'audio/wav'],
    ['\0\0\0\x20ftypavif', 'x', 'image/avif'],
    ['\0\0\0\x20ftypisom', 'x', 'video/mp4'],
    ['\xff\xfb\x90\x44', 'x', 'audio/mpeg'],
    ['%PDF-1.7\n\xe2\xe3', 'x', 'application/pdf'],
    ['\x1f\x8b\x08', 'x', 'application/gzip'],
    [`${'\0'.repeat(257)}ustar`, 'x', 'application/x-tar'],
    ['BM\x46\x00\x00\x00', 'x', 'image/bmp'],
  ])('of bytes %j is told by them', (head, name, type) => {
    expect(contentTypeOf(bytes(head), name)).toBe(type);
  });

  test('is not taken from a name that the bytes speak against', () => {
    expect(contentTypeOf(bytes('\x89PNG\r\n\x1a\n'), 'holiday.txt')).toBe('image/png');
    expect(contentTypeOf(bytes('\x7fELF\x02'), 'holiday.png')).toBe('application/x-elf');
    expect(contentTypeOf(bytes('\0\x01\x02'), 'data.json')).toBe('application/octet-stream');
  });

  test('of a container is told by the name, if the name is of that container', () => {
    const zip = bytes('PK\x03\x04');
    expect(contentTypeOf(zip, 'report.docx')).toMatch(/wordprocessingml/);
    expect(contentTypeOf(zip, 'lib.jar')).toBe('application/java-archive');
    expect(contentTypeOf(zip, 'photo.txt')).toBe('application/zip');
    expect(contentTypeOf(bytes('OggS'), 'song.opus')).toBe('audio/ogg');
  });

  test('without a signature is told by the name, else text is text and the rest are bytes', () => {
    expect(contentTypeOf(bytes('a,b\n'), 'table.CSV')).toBe('text/csv');
    expect(contentTypeOf(bytes('<svg/>'), 'logo.svg')).toBe('image/svg+xml');
    expect(contentTypeOf(bytes('plain words'), 'README')).toBe('text/plain');
    expect(contentTypeOf(bytes('BMW is a make of car'), 'README')).toBe('text/plain');
    expect(contentTypeOf(bytes('\0\0'), 'thing')).toBe('application/octet-stream');
    expect(contentTypeOf(Buffer.from('half a character: ü').subarray(0, -1), 'x')).toBe('text/plain');
    expect(contentTypeOf(bytes(''), 'empty')).toBe('text/plain');
  });
});
