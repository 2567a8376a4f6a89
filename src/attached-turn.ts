import { ForwardingSink } from './actors/forwarding-sink.ts';
import type { TurnSink } from './actors/turn-request.ts';
import type { TurnControl } from './actors/turn-sink.ts';
import type { FileHold } from './files/attachments/file-hold.ts';
import type { TurnAttachment } from './files/attachments/turn-attachments.ts';
import type { FileStore } from './files/file-store.ts';
import type { TurnCompletedEvent, TurnFailedEvent } from './protocol/exec-events.ts';

/**
 * A turn whose files stay while it waits and runs, whatever its end; temporary ones are given up at its end.
 *
 * Its start throws `FileError` `file_not_found` for a file that has gone, before anything is submitted.
 */
export function attachedTurn(
  control: TurnControl,
  files: FileStore,
  attachments: readonly TurnAttachment[],
): TurnControl {
  return {
    start(sink) {
      const hold = files.hold(attachments);
      try {
        control.start(new HoldingSink(sink, () => endUse(hold, attachments)));
      } catch (error) {
        // It never began: temporary files are still the caller's.
        hold.release();
        throw error;
      }
    },
    interrupt: () => control.interrupt(),
  };
}

function endUse(hold: FileHold, attachments: readonly TurnAttachment[]): void {
  hold.release();
  for (const one of attachments) {
    // A file that cannot be removed now is removed with its store.
    if ('attachment' in one) one.release().catch(() => undefined);
  }
}

/** Stands before a turn's reader and sees its end. */
class HoldingSink extends ForwardingSink {
  readonly #ended: () => void;

  constructor(sink: TurnSink, ended: () => void) {
    super(sink);
    this.#ended = ended;
  }

  override complete(event: TurnCompletedEvent): void {
    this.#ended();
    super.complete(event);
  }

  override fail(event: TurnFailedEvent, error: Error): void {
    this.#ended();
    super.fail(event, error);
  }

  override abandon(error: Error): void {
    this.#ended();
    super.abandon(error);
  }
}
