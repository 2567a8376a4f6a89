import type { AnyThreadItem } from '../../src/index.ts';
import type { PlannedCommand } from './planned-model.ts';

/**
 * Compares what a run's commands left behind with what was decided and what was reported.
 *
 * @param lines What stands in the run's file: one line for each command that ran.
 * @returns What is wrong, in words.
 */
export function commandViolations(
  commands: readonly PlannedCommand[],
  lines: readonly string[],
  items: readonly AnyThreadItem[],
): readonly string[] {
  return commands.flatMap(({ line, decision }) => {
    const times = lines.filter((one) => one === line).length;
    const wrong: string[] = [];
    if (times > 1) wrong.push(`command ${line} ran ${times} times`);
    if (times > 0 && decision !== null && decision.says !== 'accept')
      wrong.push(`command ${line} ran, and the person said ${decision.says}`);
    if (times === 0 && items.some((item) => reportsEnd(item, line)))
      wrong.push(`command ${line} is reported to have ended, and never ran`);
    return wrong;
  });
}

function reportsEnd(item: AnyThreadItem, line: string): boolean {
  return (
    item.type === 'command_execution' && typeof item.exit_code === 'number' && item.command.includes(line)
  );
}
