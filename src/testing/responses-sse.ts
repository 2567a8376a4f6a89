import type { ModelUsage } from './script.ts';
import { defaultUsage } from './script.ts';

/**
 * The events of the Responses API as bytes of a server-sent event stream. Pure functions; each returns whole events.
 * Only what Codex reads is sent, in the order in which the real service sends it.
 */

/** One event: its name on the `event:` line, its data with the same name as `type`. */
export function sseEvent(type: string, data: Readonly<Record<string, unknown>>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

/** Opens every response. */
export function created(responseId: string): string {
  return sseEvent('response.created', { response: { id: responseId } });
}

/** Closes a response that went well, with its usage. */
export function completed(responseId: string, usage: ModelUsage): string {
  const tokens = { ...defaultUsage, ...usage };
  return sseEvent('response.completed', {
    response: {
      id: responseId,
      usage: {
        input_tokens: tokens.inputTokens,
        input_tokens_details: { cached_tokens: tokens.cachedInputTokens },
        output_tokens: tokens.outputTokens,
        output_tokens_details: { reasoning_tokens: tokens.reasoningOutputTokens },
        total_tokens: tokens.inputTokens + tokens.outputTokens,
      },
    },
  });
}

/** Closes a response that the service gave up on. */
export function responseFailed(responseId: string, code: string, message: string): string {
  return sseEvent('response.failed', {
    response: { id: responseId, status: 'failed', error: { code, message } },
  });
}

/** Closes a response that the service cut short. */
export function responseIncomplete(responseId: string, reason: string): string {
  return sseEvent('response.incomplete', {
    response: { id: responseId, status: 'incomplete', incomplete_details: { reason } },
  });
}

type Item = Readonly<Record<string, unknown>>;

/** An item has begun. */
export function itemAdded(outputIndex: number, item: Item): string {
  return sseEvent('response.output_item.added', { output_index: outputIndex, item });
}

/** An item is complete. */
export function itemDone(outputIndex: number, item: Item): string {
  return sseEvent('response.output_item.done', { output_index: outputIndex, item });
}

/** An assistant message, with its text so far. */
export function messageItem(id: string, content: string | undefined, phase: string | undefined): Item {
  return {
    type: 'message',
    id,
    role: 'assistant',
    content: content === undefined ? [] : [{ type: 'output_text', text: content }],
    ...(phase === undefined ? {} : { phase }),
  };
}

/** A piece of an assistant message's text. */
export function textDelta(outputIndex: number, itemId: string, delta: string): string {
  return sseEvent('response.output_text.delta', {
    output_index: outputIndex,
    item_id: itemId,
    content_index: 0,
    delta,
  });
}

/** A whole reasoning item: added, one delta for each summary and content part, done. */
export function reasoningEvents(
  outputIndex: number,
  id: string,
  summary: readonly string[],
  content: readonly string[],
): string {
  const place = { output_index: outputIndex, item_id: id };
  const summaries = summary.map(
    (delta, index) =>
      sseEvent('response.reasoning_summary_part.added', { ...place, summary_index: index }) +
      sseEvent('response.reasoning_summary_text.delta', { ...place, summary_index: index, delta }),
  );
  const contents = content.map((delta, index) =>
    sseEvent('response.reasoning_text.delta', { ...place, content_index: index, delta }),
  );
  const item = {
    type: 'reasoning',
    id,
    summary: summary.map((part) => ({ type: 'summary_text', text: part })),
    content: content.map((part) => ({ type: 'reasoning_text', text: part })),
    encrypted_content: null,
  };
  return [
    itemAdded(outputIndex, { ...item, summary: [], content: [] }),
    ...summaries,
    ...contents,
    itemDone(outputIndex, item),
  ].join('');
}

/** Cuts a text into at most `count` pieces of about equal length, never within a code point. An empty text is one empty piece. */
export function cutIntoDeltas(text: string, count: number): string[] {
  if (count <= 1) return [text];
  const points = Array.from(text);
  const pieces = Math.max(1, Math.min(count, points.length));
  return Array.from({ length: pieces }, (_, index) =>
    points
      .slice(Math.floor((index * points.length) / pieces), Math.floor(((index + 1) * points.length) / pieces))
      .join(''),
  );
}
