import { ProtocolError } from '../../protocol/errors/port-errors.ts';
import { isRecord, stringOr } from '../../protocol/unread.ts';
import type { RequestTable } from './request-table.ts';

/** Who connects. Codex puts the name into the user agent and the `originator` of its requests to the model. */
export interface ClientInfo {
  readonly name: string;
  readonly title: string | null;
  readonly version: string;
}

export interface HandshakeOptions {
  readonly clientInfo: ClientInfo;
  /** Exact names of notifications that the server should not send. */
  readonly optOutNotificationMethods: readonly string[];
  /** Told to the server once it answers; it keeps the key in memory. */
  readonly apiKey: string | undefined;
}

/** What the server says of itself. */
export interface ServerIdentity {
  readonly userAgent: string;
  /** Taken from the user agent; undefined when it names none. */
  readonly version: string | undefined;
  readonly codexHome: string;
  readonly platformFamily: string;
  readonly platformOs: string;
}

/**
 * Opens the protocol: `initialize`, `initialized`, and the API key if there is one. Sets no deadline of its own.
 *
 * Rejects with `RpcError` when the server refuses, `ProtocolError` when its answer makes no sense, and with the table's failure when
 * the process ends meanwhile.
 *
 * @param notifyInitialized Writes the `initialized` notification.
 */
export async function handshake(
  requests: RequestTable,
  notifyInitialized: () => void,
  options: HandshakeOptions,
): Promise<ServerIdentity> {
  const forever = { timeoutMs: Number.POSITIVE_INFINITY };
  const { clientInfo, optOutNotificationMethods, apiKey } = options;
  const capabilities = {
    experimentalApi: true,
    ...(optOutNotificationMethods.length === 0 ? {} : { optOutNotificationMethods }),
  };
  const answer = await requests.request('initialize', { clientInfo, capabilities }, forever);
  const identity = identityOf(answer);
  notifyInitialized();
  if (apiKey !== undefined) {
    await requests.request('account/login/start', { type: 'apiKey', apiKey }, forever);
  }
  return identity;
}

function identityOf(answer: unknown): ServerIdentity {
  if (!isRecord(answer) || typeof answer.userAgent !== 'string') {
    throw new ProtocolError('initialize', 'the answer has no userAgent');
  }
  const { userAgent } = answer;
  return {
    userAgent,
    version: /^\S+?\/(\d+\.\d+\.\d+\S*)/.exec(userAgent)?.[1],
    codexHome: stringOr(answer.codexHome, ''),
    platformFamily: stringOr(answer.platformFamily, ''),
    platformOs: stringOr(answer.platformOs, ''),
  };
}
