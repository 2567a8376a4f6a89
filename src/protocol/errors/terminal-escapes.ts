const esc = String.fromCharCode(27);
const bell = String.fromCharCode(7);

/** Colours and movements of the cursor, titles and links, and what has two characters. */
const terminalEscapes = new RegExp(
  `${esc}(?:\\[[0-9:;<=>?]*[ -/]*[@-~]|\\][^${bell}${esc}]*(?:${bell}|${esc}\\\\)?|[@-Z\\\\^_c])`,
  'g',
);

/**
 * A text without the escapes that programs write for a terminal. Ask for it before secrets are looked for: a colour in the middle of
 * one would hide it.
 *
 * @example withoutTerminalEscapes('\u001b[31mgone\u001b[0m') // 'gone'
 */
export function withoutTerminalEscapes(text: string): string {
  return text.replace(terminalEscapes, '');
}
