import { portCommand } from '../../src/actors/exec-port/port-options.ts';
import { profileHistoryMode } from '../../src/actors/exec-port/profiles.ts';
import type { BenchHome } from './bench-home.ts';

export type Profile = 'compatible' | 'lean';

/** What both our runtime and the bare client are told: the home's executable and environment, and the model as a provider. */
export function launchOptions(bench: BenchHome, profile: Profile) {
  return {
    codexPathOverride: bench.home.executable,
    env: { ...bench.home.env },
    profile,
    config: { model_provider: 'mock', model_providers: { mock: { base_url: bench.url } } },
  };
}

/** The arguments and the environment that the profile starts Codex with, for a client that does without the runtime. */
export function bareLaunch(bench: BenchHome, profile: Profile) {
  const { args, env } = portCommand(launchOptions(bench, profile));
  return { args, env };
}

/** What the profile starts a thread with besides what the caller says, for a client that does without the runtime. */
export function bareThreadParams(profile: Profile) {
  const historyMode = profileHistoryMode(profile);
  return historyMode === undefined ? {} : { historyMode };
}
