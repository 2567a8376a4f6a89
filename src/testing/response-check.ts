import { InvalidOptionError } from '../protocol/errors/call-errors.ts';
import type { ModelAction, ModelResponse } from './script.ts';

const actionTypes: Readonly<Record<ModelAction['type'], true>> = {
  begin: true,
  text: true,
  stream: true,
  reasoning: true,
  function_call: true,
  custom_tool_call: true,
  web_search: true,
  item: true,
  usage: true,
  hold: true,
  sse: true,
  failed: true,
  incomplete: true,
  end: true,
  drop: true,
  http: true,
};

/** What an action may be of, in words. */
export const acceptedActions = Object.keys(actionTypes).join(', ');

/** Whether a value is one response of the scripted model: a list of actions. Only their types are looked at. */
export function isResponse(value: unknown): value is ModelResponse {
  return Array.isArray(value) && value.every(isAction);
}

/**
 * Refuses what is no response.
 *
 * @throws InvalidOptionError naming the field.
 */
export function checkResponse(field: string, value: unknown): void {
  if (isResponse(value)) return;
  const accepted = isAction(value)
    ? `a list of actions: [${value.type}(…)]`
    : 'a list of actions, such as [text(…)]';
  throw new InvalidOptionError(field, value, `${accepted} (${acceptedActions})`);
}

function isAction(value: unknown): value is ModelAction {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  return typeof value.type === 'string' && Object.hasOwn(actionTypes, value.type);
}
