/**
 * Runs two turns of the exec transport, a small one and one whose process writes 60 MB in one line and 60 MB to stderr, and prints by how
 * many MB its peak memory grew with the second, and how the second ended. LINE_BYTES_MAX is the longest line that it takes.
 */
import { ExecTransport } from '../../src/actors/exec-transport/exec-transport.ts';
import type { TurnSink } from '../../src/actors/turn-request.ts';
import { fakeCodex, fakeEnvironment, type Scene } from '../actors/exec-transport/fake-codex.ts';

/** Resolves with how the turn ended, and the length of its longest message. */
function run(scene: Scene): Promise<{ outcome: string; longest: number }> {
  const limits = { lineBytesMax: Number(process.env.LINE_BYTES_MAX) };
  const transport = new ExecTransport({ codexPathOverride: fakeCodex, env: fakeEnvironment(scene), limits });
  return new Promise((resolve) => {
    let longest = 0;
    const end = (outcome: string) => () => resolve({ outcome, longest });
    const sink: TurnSink = {
      settled: false,
      wantsDeltas: false,
      threadStarted() {},
      push(event) {
        if (event.type === 'item.completed' && event.item.type === 'agent_message')
          longest = Math.max(longest, event.item.text.length);
      },
      pushDelta() {},
      complete: end('completed'),
      fail: end('failed'),
      abandon: end('abandoned'),
    };
    transport.openThread({ threadId: null, options: {} }).start({ messageId: scene, input: 'hello' }, sink);
  });
}

await run('usage null');
const before = process.resourceUsage().maxRSS;
const { outcome, longest } = await run('long line and long stderr');
const grownMB = Math.round((process.resourceUsage().maxRSS - before) / 1024);
console.log(JSON.stringify({ outcome, longest, grownMB }));
