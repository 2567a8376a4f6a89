import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ComparisonOptions, compared, type Verdict } from '../../scripts/otp/conformance.ts';

/** A root with one worker, and what OTP does with it when nothing is asked of it. */
function caseOf(id: string, steps: readonly object[] = [], worker: object = {}, child = 'w') {
  const children = [{ id: child, restart: 'permanent', ...worker }];
  return { id, tree: { id: 'root', strategy: 'one_for_one', intensity: 1, period: 5, children }, steps };
}

function startOf(child = 'w') {
  const rows = [[child, `root.${child}#1`, 'worker']];
  return [
    { ev: 'step', i: 0, op: 'start' },
    { ev: 'sup_init', child: 'root', n: 1 },
    { ev: 'start', child: `root.${child}`, n: 1 },
    { ev: 'sup_start', child: 'root', n: 1 },
    { ev: 'state', sups: { root: { children: rows, counts: [1, 1, 0, 1] } } },
  ];
}

const started = startOf();
const stopStep = { op: 'stop', reason: 'shutdown' };
const stopped = [
  { ev: 'step', i: 1, ...stopStep },
  { ev: 'sup_stopping', child: 'root', n: 1, reason: 'shutdown' },
  { ev: 'exit', child: 'root.w', n: 1, reason: 'shutdown' },
  { ev: 'supervisor_exit', child: 'root', n: 1, reason: 'shutdown' },
  { ev: 'state', sups: {} },
];

function linesOf(objects: readonly object[]): string {
  return objects.map((each) => `${JSON.stringify(each)}\n`).join('');
}

async function verdictsOf(specs: string, traces: string, options?: ComparisonOptions): Promise<Verdict[]> {
  const found = [];
  for await (const verdict of compared(specs, traces, options)) found.push(verdict);
  return found;
}

function passed(id: string): Verdict {
  return { id, difference: undefined };
}

describe('a comparison with Erlang', () => {
  it('tells the first event that differs, also where a trace is too short or too long', async () => {
    const other = stopped.map((event) => (event.ev === 'exit' ? { ...event, reason: 'killed' } : event));
    const ids = ['same', 'other', 'short', 'long'];
    const traces = [
      { id: 'same', trace: [...started, ...stopped] },
      { id: 'other', trace: [...started, ...other] },
      { id: 'short', trace: [...started, ...stopped.slice(0, -1)] },
      { id: 'long', trace: [...started, ...stopped, stopped[4]] },
    ];
    const specs = linesOf(ids.map((id) => caseOf(id, [stopStep])));
    expect(await verdictsOf(specs, linesOf(traces))).toEqual([
      passed('same'),
      { id: 'other', difference: { index: 7, expected: other[2], actual: stopped[2] } },
      { id: 'short', difference: { index: 9, expected: undefined, actual: stopped[4] } },
      { id: 'long', difference: { index: 10, expected: stopped[4], actual: undefined } },
    ]);
  });

  it('takes a byte order mark, carriage returns, empty lines, and no lines at all', async () => {
    const specs = `\uFEFF\r\n${JSON.stringify(caseOf('one'))}\r\n\r\n`;
    expect(await verdictsOf(specs, `${JSON.stringify({ id: 'one', trace: started })}\r\n`)).toEqual([
      passed('one'),
    ]);
    expect(await verdictsOf('', '')).toEqual([]);
  });

  it('cases of the same id have their traces in the same order', async () => {
    const specs = linesOf([caseOf('twice'), caseOf('twice', [stopStep]), caseOf('twice')]);
    const traces = linesOf([
      { id: 'twice', trace: started },
      { id: 'twice', trace: [...started, ...stopped] },
    ]);
    const [first, second, third] = await verdictsOf(specs, traces);
    expect([first, second]).toEqual([passed('twice'), passed('twice')]);
    expect(third?.difference?.failure).toBe('TypeError: there is no trace of twice');
  });

  it.each([
    ['no JSON', '{"id":', 'specs, line 1', /SyntaxError/],
    ['no object', '[]', 'specs, line 1', /a line must be an object/],
    ['no id', '{}', 'specs, line 1', /id must be a string/],
    ['no trace', '{"id":"bad"}', 'bad', /no trace of bad/],
    ['no tree', '{"id":"one"}', 'one', /tree must be an object/],
    [
      'an unknown outcome',
      JSON.stringify(caseOf('one', [], { start: ['explode'] })),
      'one',
      /outcome must be one of/,
    ],
    [
      'an unknown step',
      JSON.stringify(caseOf('one', [{ op: 'explode', sup: 'root' }])),
      'one',
      /no step is called explode/,
    ],
    [
      'an unknown call in a mailbox',
      JSON.stringify(caseOf('one', [mailbox({ call: 'explode' })])),
      'one',
      /no step is called explode/,
    ],
    [
      'a limit below zero',
      JSON.stringify({ ...caseOf('one'), tree: { ...caseOf('one').tree, intensity: -1 } }),
      'one',
      /maxRestarts is -1/,
    ],
  ])('a line with %s is one failed case, and the next is compared', async (_, line, id, why) => {
    const specs = `${line}\n${linesOf([caseOf('next')])}`;
    const traces = linesOf(['one', 'next'].map((each) => ({ id: each, trace: started })));
    const [bad, next] = await verdictsOf(specs, traces);
    expect(bad?.id).toBe(id);
    expect(bad?.difference?.failure).toMatch(why);
    expect(next).toEqual(passed('next'));
  });

  it('a line of the traces that is none is a failure of its own', async () => {
    const [bad, one] = await verdictsOf(
      linesOf([caseOf('one')]),
      `{\n${linesOf([{ id: 'one', trace: started }])}`,
    );
    expect(bad?.id).toBe('traces, line 1');
    expect(one).toEqual(passed('one'));
  });

  it.each(['$gate', 'a/b', '%2F', '%', '', 'x.y', '__proto__', 'constructor', 'undefined', '工'])(
    'a child may be called %j',
    async (id) => {
      const busy = { op: 'mailbox', sup: 'root', msgs: [{ call: 'which_children' }] };
      const trace = [
        ...startOf(id),
        { ev: 'step', i: 1, ...busy },
        { ev: 'results', values: [[[id, 'running']]] },
        startOf(id)[4],
      ];
      expect(
        await verdictsOf(linesOf([caseOf('named', [busy], {}, id)]), linesOf([{ id: 'named', trace }])),
      ).toEqual([passed('named')]);
    },
  );

  it('a stop may take minutes of virtual time', async () => {
    const slow = { shutdown: 600_000, on_shutdown: 'hang' };
    const killed: object[] = stopped.with(2, { ev: 'exit', child: 'root.w', n: 1, reason: 'killed' });
    killed.splice(3, 0, { ev: 'report', sup: 'root', context: 'shutdown_error', id: 'w', reason: 'killed' });
    const traces = linesOf([{ id: 'slow', trace: [...started, ...killed] }]);
    expect(await verdictsOf(linesOf([caseOf('slow', [stopStep], slow)]), traces)).toEqual([passed('slow')]);
  });

  it('a tree may have more supervisors than messages fit into a turn of the event loop', async () => {
    const ids = Array.from({ length: 1_500 }, (_, n) => `s${n}`);
    const children = ids.map((id) => ({ id, type: 'supervisor', strategy: 'one_for_one', children: [] }));
    const rows = ids.map((id) => [id, `root.${id}#1`, 'supervisor']).reverse();
    const empty = ids.map((id) => [`root.${id}`, { children: [], counts: [0, 0, 0, 0] }] as const);
    const sups = { root: { children: rows, counts: [1_500, 1_500, 1_500, 0] }, ...Object.fromEntries(empty) };
    const starts = ids.flatMap((id) =>
      ['sup_init', 'sup_start'].map((ev) => ({ ev, child: `root.${id}`, n: 1 })),
    );
    const [step, init, , start] = started;
    // One message more, so that the turn ends within the question for one supervisor, not between two of them.
    const odd = { op: 'signal', child: 'root.s0', reason: 'normal' };
    const state = { ev: 'state', sups };
    const trace = [step, init, ...starts, start, state, { ev: 'step', i: 1, ...odd }, state];
    const spec = { id: 'broad', tree: { id: 'root', strategy: 'one_for_one', children }, steps: [odd] };
    expect(await verdictsOf(linesOf([spec]), linesOf([{ id: 'broad', trace }]))).toEqual([passed('broad')]);
  });

  it('a tree that waits for ever fails its case at the event it waits for', async () => {
    const endless = caseOf('endless', [stopStep], { shutdown: 'infinity', on_shutdown: 'hang' });
    const [verdict] = await verdictsOf(
      linesOf([endless]),
      linesOf([{ id: 'endless', trace: [...started, ...stopped] }]),
    );
    expect(verdict?.difference).toEqual({
      index: 7,
      expected: stopped[2],
      actual: undefined,
      failure: 'Error: which_children of root was not answered, and the tree is at rest',
    });
  });

  it('a replay that never ends is given up, and the next begins', async () => {
    const specs = linesOf([caseOf('endless'), caseOf('next')]);
    const traces = linesOf(['endless', 'next'].map((id) => ({ id, trace: [] })));
    const play = ({ id }: { id: string }) =>
      id === 'next' ? Promise.resolve() : new Promise<void>(() => {});
    expect(await verdictsOf(specs, traces, { replayMsMax: 1, play })).toEqual([
      {
        id: 'endless',
        difference: {
          index: 0,
          expected: undefined,
          actual: undefined,
          failure: 'Error: not at its end after 1 ms',
        },
      },
      passed('next'),
    ]);
  });
});

describe('npm run conformance:otp', () => {
  it('prints what differs, last the counts, and says by its exit code whether all is well', () => {
    const directory = mkdtempSync(join(tmpdir(), 'otp-conformance-'));
    try {
      const specs = join(directory, 'specs');
      const traces = join(directory, 'traces');
      writeFileSync(specs, linesOf([caseOf('good'), caseOf('bad', [stopStep])]));
      writeFileSync(traces, linesOf(['good', 'bad'].map((id) => ({ id, trace: started }))));
      const failing = run('--specs', specs, '--traces', traces);
      expect(failing.status).toBe(1);
      expect(failing.lines[0]).toBe('bad: event 5');
      expect(failing.lines.at(-1)).toBe('1 passed, 1 failed');
      writeFileSync(specs, linesOf([caseOf('good')]));
      const passing = run('--specs', specs, '--traces', traces);
      expect(passing).toMatchObject({ status: 0, lines: ['1 passed, 0 failed'] });
      const missing = run('--specs', join(directory, 'nothing'));
      expect(missing.status).toBe(2);
      expect(missing.errors).toMatch(/^ENOENT: no such file/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/conformance-otp.ts', ...args], {
    encoding: 'utf8',
  });
  return { status, lines: stdout.trim().split('\n'), errors: stderr };
}

function mailbox(...msgs: object[]) {
  return { op: 'mailbox', sup: 'root', msgs };
}
