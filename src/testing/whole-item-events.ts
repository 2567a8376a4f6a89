import { itemAdded, itemDone, reasoningEvents } from './responses-sse.ts';
import type { ModelAction } from './script.ts';

/** The actions that send one output item whole, without a wait in between. */
export type WholeItemAction = Extract<
  ModelAction,
  { type: 'reasoning' | 'function_call' | 'custom_tool_call' | 'web_search' | 'item' }
>;

/** All events of one output item. Its ids are made of the request's number and its place, so they are unique in a model. */
export function wholeItemEvents(action: WholeItemAction, requestNumber: number, index: number): string {
  const suffix = `${requestNumber}_${index}`;
  switch (action.type) {
    case 'reasoning':
      return reasoningEvents(index, `rs_${suffix}`, action.summary, action.content);
    case 'function_call':
      return functionCallEvents(action, suffix, index);
    case 'custom_tool_call': {
      const { type, name, callId = `call_${suffix}` } = action;
      const item = { type, id: `ctc_${suffix}`, call_id: callId, name };
      return itemAdded(index, { ...item, input: '' }) + itemDone(index, { ...item, input: action.input });
    }
    case 'web_search': {
      const item = { type: 'web_search_call', id: `ws_${suffix}` };
      const search = { type: 'search', query: action.query };
      const done = itemDone(index, { ...item, status: 'completed', action: search });
      return itemAdded(index, { ...item, status: 'in_progress' }) + done;
    }
    case 'item':
      return itemDone(index, action.item);
  }
}

function functionCallEvents(
  action: WholeItemAction & { type: 'function_call' },
  suffix: string,
  index: number,
): string {
  const { type, name, callId = `call_${suffix}`, namespace } = action;
  const item = {
    type,
    id: `fc_${suffix}`,
    call_id: callId,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
  return (
    itemAdded(index, { ...item, arguments: '' }) + itemDone(index, { ...item, arguments: action.arguments })
  );
}
