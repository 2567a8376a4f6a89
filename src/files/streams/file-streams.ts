/** The most bytes one `read` or `write` moves: 256 KiB. */
export const chunkBytesMax = 262_144;

/** The most handles of one connection that are being opened, open or being closed. */
export const handlesMax = 64;

/** What one `read` found. */
export interface FileChunk {
  /** At most the bytes that were asked for; fewer only at the end of the file. Lies in `into` where that was given. */
  readonly data: Uint8Array;
  /** Whether the file ends with this chunk, told by the file itself: true also where the chunk ends exactly at the end. */
  readonly eof: boolean;
}

/** How far a `write` has come. */
export interface WriteProgress {
  /** The offset of the next write: all bytes before it are written, and visible to readers. */
  readonly offset: number;
}

/** What `stat` tells of an open file. */
export interface FileFacts {
  readonly size: number;
  /** Milliseconds since 1970, UTC. */
  readonly modifiedAtMs: number;
}

/** What every operation may be given. */
export interface FileOperationOptions {
  /**
   * Calls the operation off while it waits for others of its handle (`file_cancelled`). One that has begun is finished, so that
   * the file and what is known of it never differ.
   */
  readonly signal?: AbortSignal | undefined;
}

/** What a `read` may be given. */
export interface ReadOptions extends FileOperationOptions {
  /** The buffer to read into, at least `maxBytes` long; it belongs to the operation until that has ended. Default: a new one. */
  readonly into?: Uint8Array | undefined;
}

/** What an `openWrite` may be given. */
export interface OpenWriteOptions extends FileOperationOptions {
  /** Goes on where an earlier writer stopped: keeps the first `offset` bytes, which must be there, and drops the rest. Default 0. */
  readonly offset?: number | undefined;
}

/**
 * Files as one connection sees them: reads at any offset and writes in sequence, in chunks, through handles that the caller names.
 *
 * It is no file system: there is no listing, moving or removing, so that the three implementations can mean exactly the same. They are
 * `LocalFileStreams`, `connectExecServer` (a remote `codex exec-server`) and `connectFiles` (the service of `serveFiles`).
 *
 * - Operations of one handle run in the order of their calls; those of different handles run side by side.
 * - A failed read or write closes its own handle, and no other. The end of the connection closes all.
 * - Opening for writing creates or truncates the file in place, at once: inode, hard links, mode and extended attributes stay. A write
 *   that has returned is visible; a copy that was cut off leaves what was written.
 *
 * Arguments that cannot be are refused with `InvalidOptionError`; all other failures are `FileError`s.
 *
 * @example
 * await using files = new LocalFileStreams();
 * await files.openRead('log', '/var/log/build.log');
 * const { data, eof } = await files.read('log', 0, 65_536);
 * await files.close('log');
 */
export interface FileStreams extends AsyncDisposable {
  /** Whether `openWrite` takes an `offset` above 0. Where not, it fails with `file_resume_unsupported`. */
  readonly resumesWrites: boolean;

  /**
   * Opens a regular file for `read` and `stat`. The path is absolute.
   *
   * Fails with `file_not_found`, `file_access_denied`, `file_outside_roots`, `file_not_regular`, `file_handle_duplicate`,
   * `file_handles_exhausted`, `file_handle_closed` (closed before it was open), `file_connection_closed`.
   */
  openRead(handleId: string, path: string, options?: FileOperationOptions): Promise<void>;

  /** Reads up to `maxBytes` (1 to 262,144) from `offset`; behind the end it finds no bytes and `eof`. */
  read(handleId: string, offset: number, maxBytes: number, options?: ReadOptions): Promise<FileChunk>;

  /** Size and time of an open file, as of now. Handles for reading only. */
  stat(handleId: string, options?: FileOperationOptions): Promise<FileFacts>;

  /** Opens a regular file for `write`: created or truncated at once, its folder must exist. Fails as `openRead` does. */
  openWrite(handleId: string, path: string, options?: OpenWriteOptions): Promise<void>;

  /**
   * Writes 1 to 262,144 bytes behind those written before. `data` must not change until the promise settles.
   * Fails with `file_no_space`, `file_io_failed` and the handle's own errors.
   */
  write(handleId: string, data: Uint8Array, options?: FileOperationOptions): Promise<WriteProgress>;

  /**
   * Closes a handle of either kind: waits for operations under way, refuses those that wait (`file_handle_closed`), and keeps one that
   * is being opened from becoming live. Closing an unknown or closed handle does nothing. Fails where the system reports that
   * what was written is lost; the handle is closed all the same.
   */
  close(handleId: string): Promise<void>;

  /** Ends the connection and closes all its handles; calling it twice is fine. */
  [Symbol.asyncDispose](): Promise<void>;
}
