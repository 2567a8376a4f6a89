import type { FileHandle } from 'node:fs/promises';

/** Writes all of `data` at `position`: the system may take less of it at a time. */
export async function writeAll(handle: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < data.byteLength; ) {
    const { bytesWritten } = await handle.write(data, written, data.byteLength - written, position + written);
    written += bytesWritten;
  }
}
