/**
 * What Codex tells with every turn, or at length, and nothing in this package reads. It is asked not to send it: each costs Codex a line
 * to write and this process a wake-up, two of them right before the turn's end.
 */
export const unreadNotifications: readonly string[] = [
  'account/rateLimits/updated',
  'remoteControl/status/changed',
  'thread/readState/changed',
  'thread/status/changed',
  // The whole diff of the turn, again after each patch.
  'turn/diff/updated',
];
