// Checks the running Node before anything that an older one could not even parse. Plain JavaScript for the same reason: keep it so.

/** The oldest Node that runs this package, as `engines.node` in package.json has it. */
export const oldestNode = '22.12.0';

/**
 * Tells in one line what to do when `version` (such as `v20.20.2`) is too old, or undefined when it is new enough.
 *
 * @param {string} version
 * @returns {string | undefined}
 */
export function explainOldNode(version) {
  const found = version.replace(/^v/, '').split('.').map(Number);
  const needed = oldestNode.split('.').map(Number);
  for (const [i, part] of needed.entries()) {
    const difference = (found[i] ?? 0) - part;
    if (difference > 0) return undefined;
    if (difference < 0) {
      return `codex-actors needs Node ${oldestNode} or newer, and this is ${version}: run it through npm (npm ci, then npm run …), or install a newer Node.`;
    }
  }
  return undefined;
}

const complaint = explainOldNode(process.version);
if (complaint !== undefined) {
  process.stderr.write(`${complaint}\n`);
  process.exit(1);
}
