import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadMcpClient } from '../../src/actors/mcp/mcp-client-package.ts';
import { mcpResult } from '../../src/actors/mcp/mcp-results.ts';
import { checkMcpServer } from '../../src/actors/mcp/mcp-server-options.ts';
import { mcpListPagesMax, mcpToolsMax, readToolList } from '../../src/actors/mcp/mcp-tool-list.ts';
import { qualifiedToolName } from '../../src/actors/mcp/mcp-tool-names.ts';
import { mcpReconnectDelayMsMax, reconnectDelay } from '../../src/actors/mcp/reconnect-delay.ts';

describe('the options of an MCP server of the application', () => {
  const stdio = { command: 'lab' };
  const http = { url: 'https://example.com/mcp' };

  test.each([
    stdio,
    http,
    { ...stdio, args: [], env: {}, cwd: '/', timeoutMs: 1, concurrency: 1_000, reconnectsMax: 0 },
  ])('are taken as they are: %j', (options) => {
    expect(() => checkMcpServer('lab', options)).not.toThrow();
  });

  test.each([
    ['a name with a space', 'my lab', stdio, 'name'],
    ['an empty name', '', stdio, 'name'],
    ['a name of 49 characters', 'n'.repeat(49), stdio, 'name'],
    ['no object', 'lab', 'lab', 'options'],
    ['neither a command nor an address', 'lab', {}, 'options'],
    ['both', 'lab', { ...stdio, ...http }, 'options'],
    ['an empty command', 'lab', { command: '' }, 'command'],
    ['arguments that are no texts', 'lab', { ...stdio, args: [1] }, 'args'],
    ['an argument with a NUL', 'lab', { ...stdio, args: ['a\0b'] }, 'args'],
    ['a variable that is no text', 'lab', { ...stdio, env: { A: 1 } }, 'env.A'],
    ['a folder that is none', 'lab', { ...stdio, cwd: '' }, 'cwd'],
    ['an address that is none', 'lab', { url: 'example.com' }, 'url'],
    ['a file as its address', 'lab', { url: 'file:///etc/passwd' }, 'url'],
    ['a header that HTTP cannot carry', 'lab', { ...http, headers: { a: 'b\nc' } }, 'headers.a'],
    ['no time for a call', 'lab', { ...stdio, timeoutMs: 0 }, 'timeoutMs'],
    ['half a call', 'lab', { ...stdio, concurrency: 0.5 }, 'concurrency'],
    [
      'an endless handshake',
      'lab',
      { ...stdio, handshakeTimeoutMs: Number.POSITIVE_INFINITY },
      'handshakeTimeoutMs',
    ],
    ['an endless list', 'lab', { ...stdio, listTimeoutMs: 600_001 }, 'listTimeoutMs'],
    ['fewer tries than none', 'lab', { ...stdio, reconnectsMax: -1 }, 'reconnectsMax'],
    ['tools that are no list', 'lab', { ...stdio, tools: 'work' }, 'tools'],
    ['a word for enabled', 'lab', { ...stdio, enabled: true }, 'enabled'],
  ])('with %s are refused, and the field is named', (_what, name, options, field) => {
    expect(() => checkMcpServer(name, options)).toThrow(
      expect.objectContaining({ code: 'invalid_option', field }),
    );
  });

  test('that are wrong do not show an address or a header, which may hold a password', () => {
    for (const options of [{ url: 'hush-4711' }, { ...http, headers: { a: 'hush-4711\n!' } }]) {
      try {
        checkMcpServer('lab', options);
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain('hush-4711');
        expect(String(error)).toMatch(/ is a string; it must be /);
      }
    }
  });
});

describe('the name that the model knows', () => {
  test('is both names joined, and what Codex does not take is replaced', () => {
    expect(qualifiedToolName('tickets', 'issue.close')).toBe('tickets__issue_close');
  });

  test('is always one that Codex takes, the same each time, and another one for another tool that is as long', () => {
    const server = fc.stringMatching(/^[a-zA-Z0-9_-]{1,48}$/);
    const tool = fc.string({ minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(server, tool, tool, (of, one, other) => {
        const name = qualifiedToolName(of, one);
        expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(qualifiedToolName(of, one)).toBe(name);
        const [long, longer] = [`${'x'.repeat(64)}${one}`, `${'x'.repeat(64)}${other}`];
        if (one !== other) expect(qualifiedToolName(of, long)).not.toBe(qualifiedToolName(of, longer));
      }),
    );
  });

  test('that was cut is the one of every other process', () => {
    expect(qualifiedToolName('lab', 'a'.repeat(80))).toBe(`lab__${'a'.repeat(50)}_5544bb59`);
  });
});

describe('a list of tools', () => {
  const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });

  test('is read page after page, to its bound, and what is beyond is counted', async () => {
    const cursors: unknown[] = [];
    const list = await readToolList((cursor) => {
      cursors.push(cursor);
      const from = Number(cursor ?? 0);
      const tools = Array.from({ length: 200 }, (_, index) => tool(`t${from + index}`));
      return Promise.resolve({ tools, nextCursor: from < 600 ? String(from + 200) : undefined });
    });
    expect(cursors).toEqual([undefined, '200', '400', '600']);
    expect([list.tools.length, list.leftOut]).toEqual([mcpToolsMax, 300]);
  });

  test.each([
    ['leads back to itself', () => 'again', 2],
    ['never ends', (page: number) => `page-${page}`, mcpListPagesMax],
  ])('whose cursor %s is left', async (_what, cursorOf, pages) => {
    let read = 0;
    await readToolList(() => {
      read += 1;
      return Promise.resolve({ tools: [], nextCursor: cursorOf(read) });
    });
    expect(read).toBe(pages);
  });

  test('leaves out what is no tool, and one whose schema is too large', async () => {
    const large = { name: 'large', inputSchema: { type: 'object', description: 'x'.repeat(70_000) } };
    const tools = [tool('a'), tool(''), { name: 'b' }, 'c', null, large];
    const list = await readToolList(() => Promise.resolve({ tools }));
    expect([list.tools.map(({ name }) => name), list.leftOut]).toEqual([['a'], 5]);
  });

  test.each([
    [{ readOnlyHint: true }, true],
    [{ idempotentHint: true }, true],
    [{ readOnlyHint: false, destructiveHint: true }, false],
    [undefined, false],
  ])(
    'says of a tool with the hints %j whether it may be called again: %s',
    async (annotations, repeatable) => {
      const list = await readToolList(() => Promise.resolve({ tools: [{ ...tool('a'), annotations }] }));
      expect(list.tools).toMatchObject([{ repeatable }]);
    },
  );
});

describe('the answer of a server', () => {
  test.each([
    ['nothing', null, { ok: false, problem: 'its server answered what is no result' }],
    ['no parts', {}, { ok: true, result: { content: [] } }],
    [
      'structured content alone',
      { structuredContent: { a: 1 } },
      { ok: true, result: { content: [], structured: { a: 1 } } },
    ],
    [
      'structured content that is told as text too',
      { content: [{ type: 'text', text: '{"a":1}' }], structuredContent: { a: 1 } },
      { ok: true, result: { content: [{ type: 'text', text: '{"a":1}' }] } },
    ],
    [
      'a failure',
      { isError: true, content: [{ type: 'text', text: 'no shelf' }] },
      { ok: false, problem: 'no shelf' },
    ],
    ['a failure without words', { isError: true }, { ok: false, problem: 'its server says that it failed' }],
    [
      'a picture, a recording, a text, an address',
      {
        content: [
          { type: 'image', data: 'AQID', mimeType: 'image/png' },
          { type: 'audio', data: 'AQID', mimeType: 'audio/wav' },
          { type: 'resource', resource: { uri: 'a:b', text: 'words' } },
          { type: 'resource_link', name: 'page', uri: 'https://example.com', description: 'a page' },
        ],
      },
      {
        ok: true,
        result: {
          content: [
            { type: 'image', data: 'AQID', mimeType: 'image/png' },
            { type: 'audio', data: 'AQID', mimeType: 'audio/wav' },
            { type: 'text', text: 'words' },
            { type: 'text', text: 'page (https://example.com): a page' },
          ],
        },
      },
    ],
    [
      'parts that are none',
      { content: ['x', { type: 'hologram' }] },
      {
        ok: true,
        result: {
          content: [
            { type: 'text', text: '(a part that is none was left out)' },
            { type: 'text', text: '(a part of type hologram was left out)' },
          ],
        },
      },
    ],
  ])('of %s', (_what, answer, expected) => {
    expect(mcpResult(answer)).toEqual(expected);
  });

  test('is never a throw, whatever it is', () => {
    fc.assert(fc.property(fc.jsonValue(), (answer) => ['boolean'].includes(typeof mcpResult(answer).ok)));
  });
});

test('the wait before a new connection doubles with each failure, up to its bound, half of it by chance', () => {
  expect([1, 2, 3].map((failures) => reconnectDelay(failures, 1))).toEqual([500, 1_000, 2_000]);
  expect([1, 2, 3].map((failures) => reconnectDelay(failures, 0))).toEqual([250, 500, 1_000]);
  fc.assert(
    fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
      const delay = reconnectDelay(failures, random);
      expect(delay).toBeGreaterThanOrEqual(250);
      expect(delay).toBeLessThanOrEqual(mcpReconnectDelayMsMax);
    }),
  );
});

test('without the package of the client the call says what to install', async () => {
  const missing = () => Promise.reject(new Error('Cannot find package'));
  await expect(loadMcpClient('lab', missing)).rejects.toMatchObject({
    code: 'mcp_server_failed',
    step: 'load',
    retryable: false,
    message: expect.stringContaining('npm install @modelcontextprotocol/client'),
  });
});
