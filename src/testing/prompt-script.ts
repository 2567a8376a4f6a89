import { acceptedActions, isResponse } from './response-check.ts';
import type { ModelResponse } from './script.ts';

const opening = '@@[';
const closing = ']@@';

/** Whether a request body may hold a script, seen without parsing it. */
export const promptScriptMark = opening;

/**
 * Writes a script as text to put into a prompt: one entry for each response of the turn. The model then needs no state, so that
 * any number of threads can run at once, and retries, resumes and forks get the same answers.
 *
 * @example thread.run(`Tidy up. ${promptScript([command('ls')], [text('done')])}`)
 */
export function promptScript(...responses: readonly ModelResponse[]): string {
  return `@@${JSON.stringify(responses)}@@`;
}

/** A script in a prompt that cannot be read; the message says why. */
export class PromptScriptError extends Error {
  override readonly name = 'PromptScriptError';
}

/**
 * The script in a prompt, or undefined when it holds none.
 *
 * @throws PromptScriptError when the text between the marks is not a list of lists of actions.
 */
export function parsePromptScript(prompt: string): readonly ModelResponse[] | undefined {
  const start = prompt.indexOf(opening);
  const end = prompt.lastIndexOf(closing);
  if (start < 0 || end < start) return undefined;
  let script: unknown;
  try {
    script = JSON.parse(prompt.slice(start + 2, end + 1));
  } catch (cause) {
    throw new PromptScriptError('the script in the prompt is not JSON: write it with promptScript()', {
      cause,
    });
  }
  if (!Array.isArray(script) || !script.every(isResponse)) {
    throw new PromptScriptError(
      `the script in the prompt must be a list of lists of actions (${acceptedActions})`,
    );
  }
  return script;
}

function callsIn(response: ModelResponse): number {
  return response.filter((action) => action.type === 'function_call' || action.type === 'custom_tool_call')
    .length;
}

/**
 * The response of a script that is due when `outputs` tool calls have been answered since the prompt. A response without
 * a tool call is stayed at: asking again (a retry, a resume) gives it again. Past the end the last response is given.
 */
export function responseDue(script: readonly ModelResponse[], outputs: number): ModelResponse {
  let left = outputs;
  for (const response of script) {
    const calls = callsIn(response);
    if (calls === 0 || left < calls) return response;
    left -= calls;
  }
  return script.at(-1) ?? [];
}
