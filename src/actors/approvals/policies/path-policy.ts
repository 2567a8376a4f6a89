import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { ApprovalRequest, PermissionEntry } from '../../../protocol/approvals/approval-request.ts';
import { InvalidOptionError } from '../../../protocol/errors/call-errors.ts';
import type { ApprovalPolicy } from './approval-policy.ts';
import { checkPolicy } from './combined-policies.ts';
import { allow } from './plain-policies.ts';

/** Paths of one request that are looked up; a request with more does not count as within. */
export const pathsOfRequestMax = 1_000;

/** Where a path really leads; undefined when nothing is there, not even a link that leads nowhere. Rejects when it cannot tell. */
export type ResolvePath = (path: string) => Promise<string | undefined>;

/**
 * Applies `then` to file changes and permissions all of whose paths lie in `dir`, and has no opinion on anything else: also not on
 * commands, which can write anywhere, nor on changes that Codex has not told, nor on paths with `..`. Symbolic links are followed as they
 * are now.
 *
 * @param dir Absolute.
 * @param then Defaults to `allow()`.
 * @param resolve Follows symbolic links. Defaults to the file system of this machine.
 * @throws InvalidOptionError when `dir` is not absolute.
 * @example firstOf(within('/srv/app/src'), within('/srv/app', ask()), deny())
 */
export function within(
  dir: string,
  then: ApprovalPolicy = allow(),
  resolve: ResolvePath = realPlace,
): ApprovalPolicy {
  if (typeof dir !== 'string' || !path.isAbsolute(dir))
    throw new InvalidOptionError('dir', dir, 'an absolute path');
  checkPolicy('then', then);
  return async (request, context) => {
    const paths = pathsOf(request);
    if (paths === undefined || !(await areWithin(dir, paths, resolve))) return { type: 'pass' };
    return then(request, context);
  };
}

/** Every path that the request would write to; undefined when they are not all known. */
function pathsOf(request: ApprovalRequest): readonly string[] | undefined {
  if (request.kind === 'file_change') {
    const { changes, grantRoot } = request;
    if (changes === null || changes.length === 0) return undefined;
    const changed = changes.flatMap((one) => (one.movePath === null ? [one.path] : [one.path, one.movePath]));
    return grantRoot === null ? changed : [...changed, grantRoot];
  }
  if (request.kind !== 'permissions' || request.permissions.network) return undefined;
  const paths = request.permissions.entries.map(pathOf);
  return paths.length > 0 && paths.every((one) => one !== undefined) ? paths : undefined;
}

function pathOf({ path: wanted }: PermissionEntry): string | undefined {
  return wanted.type === 'path' ? wanted.path : undefined;
}

async function areWithin(dir: string, paths: readonly string[], resolve: ResolvePath): Promise<boolean> {
  if (paths.length > pathsOfRequestMax || !paths.every(isPlain)) return false;
  try {
    const root = await placeOf(dir, resolve);
    for (const one of paths) if (!isInside(root, await placeOf(one, resolve))) return false;
    return true;
  } catch {
    // What cannot be looked up is not known to be within.
    return false;
  }
}

/** Absolute, and without a way up: after a link that leads where the link's target says, not where the text does. */
function isPlain(place: string): boolean {
  return path.isAbsolute(place) && !place.split(path.sep).includes('..');
}

/** Where a path leads, also one of a file that does not exist yet: the nearest folder that does tells. */
async function placeOf(place: string, resolve: ResolvePath): Promise<string> {
  const rest: string[] = [];
  for (let at = path.normalize(place); ; at = path.dirname(at)) {
    const real = await resolve(at);
    if (real !== undefined) return path.join(real, ...rest);
    if (at === path.dirname(at)) throw new RangeError('Not even the root is there.');
    rest.unshift(path.basename(at));
  }
}

async function realPlace(place: string): Promise<string | undefined> {
  try {
    return await realpath(place);
  } catch (error) {
    // A link that leads nowhere is there, and writing to it would create its target, wherever that is.
    if (!isMissing(error) || (await isThere(place))) throw error;
    return undefined;
  }
}

function isThere(place: string): Promise<boolean> {
  return lstat(place).then(
    () => true,
    () => false,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function isInside(root: string, place: string): boolean {
  const relative = path.relative(root, place);
  return (
    relative === '' ||
    (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative))
  );
}
