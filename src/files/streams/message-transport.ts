/** Whom a transport tells what arrives. */
export interface MessageReceiver {
  /** One whole message; messages come in order. */
  message(text: string): void;
  /** Nothing comes any more, and nothing can be sent. Called once; `cause` where the connection did not end in order. */
  closed(cause?: unknown): void;
}

/**
 * A connection that carries whole messages, in order, both ways: three verbs. `memoryTransports` is its twin without a network.
 */
export interface MessageTransport {
  /** Sends one message; resolves when the transport takes more, so that whoever waits for it holds bounded memory. Rejects once closed. */
  send(message: string): Promise<void>;
  /** Begins to deliver. Called once; what arrived before is kept until then. */
  onMessage(receiver: MessageReceiver): void;
  /** Ends the connection and releases what it holds; resolves when that has been done. Calling it twice is fine. */
  close(): Promise<void>;
}

/** The longest message, in bytes: a chunk of 256 KiB in base64, a path, and some room. A longer one ends the connection. */
export const messageBytesMax = 524_288;

/** Messages that are kept while nobody has called `onMessage`. One more ends the connection. */
export const earlyMessagesMax = 128;
