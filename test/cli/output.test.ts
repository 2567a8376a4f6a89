import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Output } from '../../src/cli/output.ts';

describe('an output', () => {
  test('writes at the pace of its reader', async () => {
    const stream = new PassThrough({ highWaterMark: 4 });
    const output = new Output(stream);
    let written = false;
    const writing = output.write('12345678').then(() => {
      written = true;
    });
    await new Promise(setImmediate);
    expect(written).toBe(false);
    expect(String(stream.read())).toBe('12345678');
    await writing;
    expect(written).toBe(true);
  });

  test('whose reader goes away drops what is written, and keeps nobody waiting', async () => {
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const stream = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => done(gone) });
    const output = new Output(stream);
    await output.write('more than it takes');
    expect(output.readerGone.aborted).toBe(true);
    await output.write('more');
    await output.flushed();
  });

  test('is flushed when its reader has it all', async () => {
    const taken: string[] = [];
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        taken.push(String(chunk));
        setImmediate(done);
      },
    });
    const output = new Output(stream);
    await output.write('one');
    await output.write('two');
    await output.flushed();
    expect(taken.join('')).toBe('onetwo');
  });
});
