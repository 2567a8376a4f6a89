import type { ThreadItem } from './exec-items.ts';

/** The text of the last agent message among the completed items, `''` when there is none. The rule of the official SDK's `finalResponse`. */
export function finalResponse(items: readonly ThreadItem[]): string {
  const last = items.findLast((item) => item.type === 'agent_message');
  return last?.type === 'agent_message' ? last.text : '';
}
