import type { ClientRequests, ThreadSettingsUpdateParams } from './app-server.ts';
import { sandboxPolicy, type ThreadOptions, threadResumeParams } from './thread-options.ts';

/** What a resumed thread runs under, in the words of `thread/resume`'s answer. */
export type ThreadSettingsInForce = Pick<
  ClientRequests['thread/resume']['result'],
  'approvalPolicy' | 'cwd' | 'model' | 'reasoningEffort' | 'sandbox'
>;

/**
 * What is left to be set on a resumed thread: Codex ignores all that `thread/resume` asks for while it still has the thread loaded after a
 * turn that failed, and says so only by what its answer holds.
 *
 * @param options With absolute paths only.
 * @returns The params of `thread/settings/update`; undefined when everything that the options ask for is in force.
 * @example
 * settingsLeft('t', { approvalPolicy: 'untrusted' }, { ...answer, approvalPolicy: 'never' })
 * // { threadId: 't', approvalPolicy: 'untrusted' }
 */
export function settingsLeft(
  threadId: string,
  options: ThreadOptions,
  inForce: ThreadSettingsInForce,
): ThreadSettingsUpdateParams | undefined {
  const { approvalPolicy, cwd, model } = threadResumeParams(threadId, options);
  const { modelReasoningEffort: effort } = options;
  const sandbox = sandboxLeft(options, inForce);
  const left = {
    ...(differs(approvalPolicy, inForce.approvalPolicy) ? { approvalPolicy } : {}),
    ...(differs(cwd, inForce.cwd) ? { cwd } : {}),
    ...(differs(model, inForce.model) ? { model } : {}),
    ...(differs(effort, inForce.reasoningEffort) ? { effort } : {}),
    ...(sandbox === undefined ? {} : { sandboxPolicy: sandbox }),
  };
  return Object.keys(left).length === 0 ? undefined : { threadId, ...left };
}

function differs(asked: unknown, inForce: unknown): boolean {
  return asked !== undefined && asked !== null && asked !== inForce;
}

/** What an option leaves open is as the user's configuration says, and is not compared. */
function sandboxLeft(options: ThreadOptions, { sandbox }: ThreadSettingsInForce) {
  const { additionalDirectories = [], networkAccessEnabled } = options;
  const wanted = sandboxPolicy(options, additionalDirectories);
  if (wanted === undefined) return undefined;
  if (wanted.type !== 'workspaceWrite' || sandbox.type !== 'workspaceWrite')
    return wanted.type === sandbox.type ? undefined : wanted;
  const sameNetwork = networkAccessEnabled === undefined || networkAccessEnabled === sandbox.networkAccess;
  const sameRoots = wanted.writableRoots.every((root) => sandbox.writableRoots.includes(root));
  return sameNetwork && sameRoots ? undefined : wanted;
}
