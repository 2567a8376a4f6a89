import { refusalOf } from '../exec-port/server-requests.ts';
import type { PortServerRequest, Respond } from '../exec-port/thread-route.ts';

/** Decides what Codex asks in the middle of a turn: approvals, questions, tool calls. It must see to it that each gets an answer. */
export type ServerRequestPolicy = (request: PortServerRequest, respond: Respond) => void;

/** Refuses at once whatever is asked, in the form its method knows; the turn goes on without it. Fails closed. */
export const declineServerRequests: ServerRequestPolicy = (request, respond) =>
  respond(refusalOf(request.method));
