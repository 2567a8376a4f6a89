import { describe, expect, it } from 'vitest';
import { Process } from '../../src/supervisor/process.ts';
import { Stage } from './stage.ts';

describe('a monitor from outside of the actors', () => {
  it('leaves nothing with the actor it watched once it is dropped', async () => {
    const stage = new Stage();
    const system = await stage.start({ children: [stage.child('a')] });
    const watched = system.whereis('a');
    if (!(watched instanceof Process)) throw new Error('not started');
    const monitor = system.monitor('a', () => {});
    expect(watched.watchers?.size).toBe(1);
    system.demonitor(monitor);
    expect(watched.watchers?.size).toBe(0);
    await system.stop();
  });

  it('that throws as it is told harms neither the others nor the system', async () => {
    const stage = new Stage();
    const system = await stage.start({
      children: [stage.child('a', { restart: 'temporary' }), stage.child('b', { restart: 'temporary' })],
    });
    const downs: string[] = [];
    system.monitor('a', () => {
      throw new Error('not my day');
    });
    system.monitor('a', ({ path }) => downs.push(path));
    system.monitor('b', ({ path }) => downs.push(path));
    await stage.end('a', 'normal');
    await stage.end('b', 'normal');
    expect(downs).toEqual(['a', 'b']);
    expect(stage.takeReports()).toBe('');
    await system.stop();
  });
});
