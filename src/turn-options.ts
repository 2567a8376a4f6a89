import type { WithAttachments } from './files/attachments/turn-attachments.ts';
import type { OptionNames } from './protocol/option-names.ts';
import type { OutputSchema } from './protocol/structured-output/output-format.ts';
import type { TurnOptions } from './protocol/thread-options.ts';
import type { StructuredTurnOptions } from './structured-turn.ts';

/** Options of a streamed turn. */
export interface StreamedTurnOptions extends TurnOptions, WithAttachments {
  /** Whether `item.delta` events come too, as texts and outputs grow. Defaults to false: then the events are exactly the official ones. */
  readonly includeDeltas?: boolean;
}

/** Every option of a turn, however it is run. */
export const turnOptionNames = {
  signal: 'official',
  outputSchema: 'official',
  cyberAccessProgram: 'official',
  attachments: 'own',
} as const satisfies OptionNames<TurnOptions & WithAttachments>;

/** Every option of `run`. */
export const runOptionNames = {
  ...turnOptionNames,
  output: 'own',
  reasksMax: 'own',
} as const satisfies OptionNames<TurnOptions & StructuredTurnOptions<OutputSchema>>;

/** Every option of `runStreamed`. */
export const streamedTurnOptionNames = {
  ...turnOptionNames,
  includeDeltas: 'own',
} as const satisfies OptionNames<StreamedTurnOptions>;
