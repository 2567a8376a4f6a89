import type { TelemetryBus } from '../../telemetry/telemetry-bus.ts';
import type { Attachment } from './attachment.ts';
import type { FileEntry } from './file-entry.ts';

/** Tells of attachments that come and go. */
export class FileTelemetry {
  readonly #bus: TelemetryBus;
  readonly #path: string;

  /** @param path Of the file registry, which the events come from. */
  constructor(bus: TelemetryBus, path: string) {
    this.#bus = bus;
    this.#path = path;
  }

  staged({ id, name, size, contentType, persist, expiresAt }: Attachment, cached: boolean): void {
    this.#bus.publish('attachment.staged', () => ({
      path: this.#path,
      attachmentId: id,
      attachmentName: name,
      sizeBytes: size,
      contentType,
      persist,
      expiresAtMs: expiresAt,
      cached,
    }));
  }

  removed({ id, size, claims }: FileEntry): void {
    this.#bus.publish('attachment.removed', () => ({
      path: this.#path,
      attachmentId: id,
      sizeBytes: size,
      why: claims === 0 ? 'released' : 'expired',
    }));
  }
}
