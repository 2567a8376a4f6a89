import type { TurnEvent } from '../index.ts';
import { isLoginFailure } from './failure.ts';
import { initialHumanOutput, renderHuman } from './human-output.ts';
import { jsonLine } from './json-output.ts';
import type { CommandOutputs } from './output.ts';
import { type TerminalStyle, withoutControls } from './terminal-text.ts';

/** Writes one turn, as text or as JSON lines, and what the command itself has to say about it. */
export class TurnOutput {
  readonly #outputs: CommandOutputs;
  readonly #format: TerminalStyle | 'json';
  #human = initialHumanOutput;
  #threadId: string | undefined;
  #open = false;

  /** @param resumed The thread that is gone on with; undefined for a new one. */
  constructor(outputs: CommandOutputs, format: TerminalStyle | 'json', resumed: string | undefined) {
    this.#outputs = outputs;
    this.#format = format;
    this.#threadId = resumed;
  }

  /** Takes one event; resolves when there is room for the next one. */
  async write(event: TurnEvent): Promise<void> {
    this.#follow(event);
    if (this.#format !== 'json') {
      if (isLoginTold(event)) return;
      const { state, pieces } = renderHuman(this.#human, event, this.#format);
      this.#human = state;
      for (const { to, text } of pieces) await this.#outputs[to].write(text);
      return;
    }
    await this.#outputs.stdout.write(jsonLine(event));
    // Nobody need read the events to learn why the exit code is not 0.
    if (event.type === 'turn.failed' && !isLoginTold(event))
      await this.#outputs.stderr.write(`turn failed: ${withoutControls(event.error.message)}\n`);
  }

  /** Writes a line of the command to standard error, out of an answer whose line is open. */
  async say(line: string): Promise<void> {
    const before = this.#human.midLine ? '\n' : '';
    this.#human = { ...this.#human, midLine: false };
    await this.#outputs.stderr.write(`${before}codex-actors: ${line}\n`);
  }

  /** Ends a turn that no event of its own has ended, and says how to go on where that is worth it. */
  async fail(message: string, options: { readonly isWorthResuming?: boolean } = {}): Promise<void> {
    const cutOff = this.#open;
    this.#open = false;
    if (cutOff && this.#format === 'json')
      await this.#outputs.stdout.write(jsonLine({ type: 'turn.failed', error: { message } }));
    if (message !== '') await this.say(message);
    if (
      cutOff &&
      options.isWorthResuming !== false &&
      this.#format !== 'json' &&
      this.#threadId !== undefined
    )
      await this.say(`the turn was cut off; go on with --resume ${this.#threadId}`);
  }

  #follow(event: TurnEvent): void {
    if (event.type === 'thread.started') this.#threadId = event.thread_id;
    if (event.type === 'turn.started') this.#open = true;
    if (event.type === 'turn.completed' || event.type === 'turn.failed') this.#open = false;
  }
}

/** What a login lacks has a line of its own, at the end. */
function isLoginTold(event: TurnEvent): boolean {
  if (event.type === 'turn.failed') return isLoginFailure(event.error.message);
  return event.type === 'error' && isLoginFailure(event.message);
}
