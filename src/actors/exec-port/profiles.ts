import type { ThreadHistoryMode } from '../../protocol/thread-options.ts';

/**
 * What a Codex process is started with.
 *
 * - `compatible`: the user's own Codex configuration, nothing switched off.
 * - `lean`: what a service wants. It gives up the features in `leanFeaturesOff` and the settings in `leanSettings`: no plugins, apps
 *   or hooks, no goals, memories or sub-agents, no web search, no skills, no look-ups at start; and commands that the model runs do
 *   not see environment variables whose names contain KEY, TOKEN or SECRET. Each can be switched on again with `config`. Its threads
 *   are kept as `legacy`, which cannot be reverted, unless a thread's `historyMode` says otherwise.
 */
export type PortProfile = 'compatible' | 'lean';

export const portProfiles: readonly PortProfile[] = ['compatible', 'lean'];

/** Codex features that `lean` switches off. The code mode host stays: all models but the oldest need it. */
export const leanFeaturesOff: readonly string[] = [
  'shell_snapshot',
  'plugins',
  'apps',
  'remote_plugin',
  'tool_suggest',
  'skill_search',
  'goals',
  'hooks',
  'multi_agent',
  'memories',
  'in_app_browser',
  'browser_use',
  'computer_use',
  'image_generation',
  'workspace_dependencies',
  'plugin_sharing',
  'guardian_approval',
];

/** Settings that `lean` makes, as `key=TOML value`. */
export const leanSettings: readonly string[] = [
  'skills.include_instructions=false',
  'skills.bundled.enabled=false',
  'analytics.enabled=false',
  'feedback.enabled=false',
  'web_search="disabled"',
  'include_apps_instructions=false',
  'check_for_update_on_startup=false',
  'shell_environment_policy.ignore_default_excludes=false',
];

/**
 * Settings of both profiles. Without the first, a model that refuses connections is retried without end and the turn never fails.
 */
export const everySetting: readonly string[] = ['features.unbounded_connection_retries=false'];

/** The settings of a profile, as `key=TOML value`, in the order in which they are given to Codex: before the user's own, which win. */
export function profileSettings(profile: PortProfile): readonly string[] {
  if (profile === 'compatible') return everySetting;
  return [...everySetting, ...leanFeaturesOff.map((feature) => `features.${feature}=false`), ...leanSettings];
}

/** How a new thread is kept when its options do not say; undefined leaves it to Codex. */
export function profileHistoryMode(profile: PortProfile): ThreadHistoryMode | undefined {
  return profile === 'lean' ? 'legacy' : undefined;
}
