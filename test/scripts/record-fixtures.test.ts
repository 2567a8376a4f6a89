import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recordAppServer, recordExec } from '../../scripts/fixtures/record.ts';
import { scenarios } from '../../scripts/fixtures/scenarios.ts';
import { Scrubber } from '../../scripts/fixtures/scrub.ts';

const folder = new URL('../../fixtures/transcripts/', import.meta.url);

function fixture(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8');
}

describe('the transcripts', () => {
  const [plain] = scenarios;

  it('recording again gives the same bytes', async () => {
    if (plain === undefined) throw new Error('there is no scenario');
    expect(await recordAppServer(plain)).toBe(fixture('plain.app-server.jsonl'));
    expect(await recordExec(plain)).toBe(fixture('plain.exec.jsonl'));
  });

  it('there is one for each scenario, and none without', () => {
    const expected = scenarios.flatMap(({ name, exec }) => [
      `${name}.app-server.jsonl`,
      ...(exec === false ? [] : [`${name}.exec.jsonl`]),
    ]);
    expect(
      readdirSync(folder)
        .filter((name) => name.endsWith('.jsonl'))
        .sort(),
    ).toEqual(expected.sort());
  });

  it('the README names every scenario whose order varies, and no other', () => {
    const named = fixture('README.md').match(/(?<=^\| `)[a-z-]+(?=` \|)/gm) ?? [];
    expect(named.sort()).toEqual(
      scenarios.flatMap(({ name, varies }) => (varies === undefined ? [] : [name])).sort(),
    );
  });

  it('they hold nothing of the machine they were recorded on', () => {
    for (const name of readdirSync(folder)) {
      expect(fixture(name), name).not.toMatch(
        /\/(?:tmp|root|work|Users)\/|127\.0\.0\.1:\d{2,}|codex-actors-/,
      );
    }
  });
});

describe('scrubbing', () => {
  it('the same id gets the same placeholder, another id another, of the same shape', () => {
    const scrubber = new Scrubber([]);
    const [a, b] = ['01a1f8bd-6f1f-70c2-91ac-7599dee03b04', '01a1f8bd-6f1f-70c2-91ac-7599dee03b05'];
    expect(scrubber.scrub([a, `x ${b}`, { [a]: a }])).toEqual([
      '00000000-0000-7000-8000-000000000001',
      'x 00000000-0000-7000-8000-000000000002',
      { '00000000-0000-7000-8000-000000000001': '00000000-0000-7000-8000-000000000001' },
    ]);
  });

  it('times, durations, folders and process ids are replaced; null and other numbers stay', () => {
    const scrubber = new Scrubber([['/var/x/home', '/home/user']]);
    const message = {
      startedAtMs: 5,
      startedAt: 5,
      completedAt: null,
      durationMs: 7,
      processId: '881',
      exitCode: 3,
    };
    expect(scrubber.scrub({ ...message, path: '/var/x/home/a' })).toEqual({
      startedAtMs: 1_735_689_600_000,
      startedAt: 1_735_689_600,
      completedAt: null,
      durationMs: 1,
      processId: '1001',
      exitCode: 3,
      path: '/home/user/a',
    });
  });
});
