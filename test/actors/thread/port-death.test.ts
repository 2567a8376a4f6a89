import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { command, text } from '../../../src/testing/index.ts';
import { Rig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(async () => {
  expect(await rig.close()).toEqual([]);
});

/** Both ways in which Codex keeps a thread: what a crash leaves on disk differs. */
describe.each(['legacy', 'paginated'] as const)(
  'when the Codex process is killed, with threads kept as %s',
  (historyMode) => {
    test('between turns, the thread resumes with its next turn and remembers the one before', async () => {
      const thread = rig.thread(null, { historyMode });
      await thread.run('first prompt');
      const { id } = thread;
      await rig.killPort();
      const { finalResponse } = await thread.run('second prompt');
      expect(finalResponse).toBe('ok');
      expect(thread.id).toBe(id);
      expect(rig.model.requests.at(-1)?.userMessages.join('\n')).toContain('first prompt');
      expect(rig.model.submissionsOf('first prompt')).toHaveLength(1);
      expect(rig.model.submissionsOf('second prompt')).toHaveLength(1);
    });

    test('while the model speaks, the turn is reported as cut off and not run again', async () => {
      const gate = rig.model.hold();
      rig.model.enqueue([text('half of it'), gate.action, text('the rest')]);
      const thread = rig.thread(null, { historyMode });
      const running = thread.run('speak');
      await gate.reached();
      await rig.killPort();
      await expect(running).rejects.toMatchObject({
        code: 'turn_cut_off',
        threadId: thread.id,
        cause: { code: 'port_exited', signal: 'SIGKILL' },
      });
      expect(rig.model.submissionsOf('speak')).toHaveLength(1);
      expect((await thread.run('again')).finalResponse).toBe('ok');
      expect(rig.model.submissionsOf('speak')).toHaveLength(1);
    });

    test('while a command runs, the turn is reported as cut off and the command is gone', async () => {
      rig.model.enqueue([command('sleep 1000')]);
      const thread = rig.thread(null, { historyMode, sandboxMode: 'danger-full-access' });
      const { events } = await thread.runStreamed('wait');
      const seen: string[] = [];
      const reading = (async () => {
        for await (const event of events) {
          seen.push(event.type);
          if (event.type === 'item.started') await rig.killPort();
        }
      })();
      await expect(reading).rejects.toMatchObject({ code: 'turn_cut_off' });
      expect(seen).toEqual(['thread.started', 'turn.started', 'item.started']);
      expect(rig.model.submissionsOf('wait')).toHaveLength(1);
    });

    test('before a turn was submitted, the turn runs once, on the next process', async () => {
      const thread = rig.thread(null, { historyMode });
      await thread.run('first');
      const pid = await rig.pid();
      const running = thread.run('second');
      process.kill(pid, 'SIGKILL');
      expect((await running).finalResponse).toBe('ok');
      expect(rig.model.submissionsOf('second')).toHaveLength(1);
    });

    test('before a new thread had its first turn, the thread is started on the next process', async () => {
      await rig.thread(null, { historyMode }).run('warm up');
      const pid = await rig.pid();
      const thread = rig.thread(null, { historyMode });
      const running = thread.run('begin');
      process.kill(pid, 'SIGKILL');
      expect((await running).finalResponse).toBe('ok');
      expect(rig.model.submissionsOf('begin')).toHaveLength(1);
    });

    test('turns that wait behind the one that was cut off run on the next process, in order', async () => {
      const gate = rig.model.hold();
      rig.model.enqueue([text('half'), gate.action]);
      const thread = rig.thread(null, { historyMode });
      const settled: string[] = [];
      const note = (name: string) => () => void settled.push(name);
      const turns = ['a', 'b', 'c'].map((name) =>
        thread.run(`turn ${name}`).then(note(`${name} done`), note(`${name} cut off`)),
      );
      await gate.reached();
      await rig.killPort();
      await Promise.all(turns);
      expect(settled).toEqual(['a cut off', 'b done', 'c done']);
    });

    test('all threads on it recover, each with its own outcome', async () => {
      const gate = rig.model.hold();
      rig.model.script(({ prompt }) => (prompt.includes('held') ? [text('half'), gate.action] : undefined));
      const idle = rig.thread(null, { historyMode });
      await idle.run('quick');
      const busy = Promise.allSettled(
        [1, 2, 3].map((n) => rig.thread(null, { historyMode }).run(`held ${n}`)),
      );
      await gate.reached(3);
      await rig.killPort();
      const cutOff = { status: 'rejected', reason: { code: 'turn_cut_off' } };
      expect(await busy).toMatchObject([cutOff, cutOff, cutOff]);
      expect((await idle.run('quick again')).finalResponse).toBe('ok');
    });
  },
);
