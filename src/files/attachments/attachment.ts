/** A file that was staged: a copy of its own that nobody changes, found by its content. Frozen. */
export interface Attachment {
  /** Names the content in its store: the checksum. The same content has the same id, whatever its name. */
  readonly id: string;
  /** The caller's own name for it, made safe for a file name. */
  readonly name: string;
  /** Absolute path of the copy, for Codex and for others of this user to read. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** MIME type, from the first bytes, else from the name, such as `image/png`. */
  readonly contentType: string;
  /** SHA-256 of the content, in lower-case hexadecimal. */
  readonly checksum: string;
  /** When it was last staged: milliseconds since the Unix epoch. */
  readonly stagedAt: number;
  /** When it may be removed unless a turn uses it: milliseconds since the Unix epoch; null for never. */
  readonly expiresAt: number | null;
  /** Whether it outlives every expiry, until it is released. */
  readonly persist: boolean;
}

/** An attachment or its id. */
export type AttachmentId = string | Pick<Attachment, 'id'>;

/** The id that either form names. */
export function idOf(attachment: AttachmentId): string {
  return typeof attachment === 'string' ? attachment : attachment.id;
}
