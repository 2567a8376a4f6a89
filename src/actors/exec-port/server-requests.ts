import type { WireId } from '../../protocol/json-rpc-codec.ts';
import type { PortServerRequest, Respond, ServerRequestAnswer } from './thread-route.ts';

const methodNotFound = -32601;

/**
 * The answer to a server request that nobody is there to decide: always a refusal, in the form that its method knows, so that the
 * turn goes on without what it asked for. Methods without such a form, and unknown ones, get a JSON-RPC error.
 *
 * Source: the server requests of the app-server protocol.
 */
export function refusalOf(method: string): ServerRequestAnswer {
  switch (method) {
    case 'item/commandExecution/requestApproval':
    case 'item/fileChange/requestApproval':
      return { result: { decision: 'decline' } };
    case 'item/permissions/requestApproval':
      return { result: { permissions: {}, scope: 'turn' } };
    case 'item/tool/requestUserInput':
      return { result: { answers: {} } };
    case 'mcpServer/elicitation/request':
      return { result: { action: 'decline', content: null, _meta: null } };
    case 'item/tool/call':
      return {
        result: {
          contentItems: [{ type: 'inputText', text: 'This tool is not available.' }],
          success: false,
        },
      };
    case 'execCommandApproval':
    case 'applyPatchApproval':
      return { result: { decision: { denied: { rejection: 'rejected: nobody is there to approve it' } } } };
    default:
      return { error: { code: methodNotFound, message: `this client does not answer ${method}` } };
  }
}

interface OpenRequest {
  readonly method: string;
  readonly threadId: string;
  /** Whether somebody who outlives the thread's route has taken it over. */
  kept: boolean;
}

/** A question that was taken on. */
export interface OpenedRequest {
  readonly respond: Respond;
  readonly keep: () => void;
}

/**
 * The server's questions that are not answered yet. Each is answered exactly once: by its thread, or by a refusal when the thread
 * detaches without an answer, unless somebody who outlives it has taken the question over. The port's own death needs no answer:
 * nobody is left to read it.
 */
export class OpenServerRequests {
  readonly #open = new Map<WireId, OpenRequest>();
  readonly #send: (id: WireId, answer: ServerRequestAnswer) => void;
  readonly #max: number;

  /** @param send Writes the answer to the server. */
  constructor(send: (id: WireId, answer: ServerRequestAnswer) => void, max: number) {
    this.#send = send;
    this.#max = max;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Refuses at once, for a request that has no thread to go to. */
  refuse(request: PortServerRequest): void {
    this.#send(request.id, refusalOf(request.method));
  }

  /** Whether the request is one that was taken over: Codex asks again as the thread is resumed, and the one answer serves both. */
  isKept({ id }: PortServerRequest): boolean {
    return this.#open.get(id)?.kept === true;
  }

  /** Takes a request on and returns what answers it; undefined when it was refused because too many are open. */
  open(threadId: string, request: PortServerRequest): OpenedRequest | undefined {
    if (this.#open.size >= this.#max) {
      this.refuse(request);
      return undefined;
    }
    const entry: OpenRequest = { method: request.method, threadId, kept: false };
    this.#open.set(request.id, entry);
    const respond: Respond = (answer) => {
      // The id alone would not do: after a refusal the server may ask again under the same id.
      if (this.#open.get(request.id) !== entry) return;
      this.#open.delete(request.id);
      this.#send(request.id, answer);
    };
    const keep = () => {
      entry.kept = true;
    };
    return { respond, keep };
  }

  /** Refuses one that was taken on; nothing when it has been answered since. */
  refuseOne({ id, method }: PortServerRequest): void {
    if (this.#open.delete(id)) this.#send(id, refusalOf(method));
  }

  /** Refuses all that a thread has not answered and nobody has taken over. */
  refuseThread(threadId: string): void {
    for (const [id, entry] of this.#open) {
      if (entry.threadId !== threadId || entry.kept) continue;
      this.#open.delete(id);
      this.#send(id, refusalOf(entry.method));
    }
  }

  /** The server has settled a request without us, such as by the interrupt of its turn. */
  settled(id: unknown): void {
    if (typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint') this.#open.delete(id);
  }

  /** Forgets all, without answers: the server is gone. */
  clear(): void {
    this.#open.clear();
  }
}
