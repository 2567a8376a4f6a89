import { z } from 'zod';
import { defineTool, type Tool, type ToolHandle, type ToolTable } from '../../src/index.ts';

/** What a tool can do wrong. */
export const misdeeds = [
  'throws',
  'rejects',
  'hangs',
  'returns too much',
  'returns nonsense',
  'is deregistered meanwhile',
  'ignores its abort signal',
] as const;
export type Misdeed = (typeof misdeeds)[number];

/** A tool that waits until the test lets it go, and then does something wrong. */
export class MisbehavingTool {
  readonly tool: Tool;
  /** Resolves with the call's signal once the tool runs. */
  readonly entered: Promise<AbortSignal>;
  /** Lets it do its misdeed. */
  release: () => void = () => undefined;
  handle: ToolHandle | null = null;

  constructor(misdeed: Misdeed, timeoutMs: number) {
    let enter: (signal: AbortSignal) => void = () => undefined;
    this.entered = new Promise((resolve) => {
      enter = resolve;
    });
    const released = new Promise<void>((resolve) => {
      this.release = () => {
        if (misdeed === 'is deregistered meanwhile') this.handle?.deregister();
        resolve();
      };
    });
    let calls = 0;
    this.tool = defineTool({
      name: 'deed',
      description: 'Does what it should not.',
      input: z.object({}),
      timeoutMs,
      execute: async (_args, { signal }) => {
        calls += 1;
        // The second call shows that the tool still works.
        if (calls > 1) return 'as it should';
        enter(signal);
        await released;
        return this.#do(misdeed, signal);
      },
    });
  }

  register(table: ToolTable): ToolHandle {
    this.handle = table.register(this.tool);
    return this.handle;
  }

  #do(misdeed: Misdeed, signal: AbortSignal): unknown {
    switch (misdeed) {
      case 'throws':
        throw new Error('the shelf is empty');
      case 'rejects':
        return Promise.reject('the shelf is empty');
      case 'hangs':
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
      case 'returns too much':
        return 'x'.repeat(9_000_000);
      case 'returns nonsense':
        return { id: 1n };
      case 'is deregistered meanwhile':
        return 'gone, but done';
      case 'ignores its abort signal':
        return new Promise(() => undefined);
    }
  }
}
