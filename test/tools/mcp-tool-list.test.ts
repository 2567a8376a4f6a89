import { expect, test } from 'vitest';
import { mcpSchemaBytesMax, readToolList } from '../../src/actors/mcp/mcp-tool-list.ts';

test('the bound of a schema counts bytes, not characters', async () => {
  const empty = Buffer.byteLength(JSON.stringify({ description: '' }));
  const tool = (description: string) => ({ name: 'work', inputSchema: { description } });
  const fits = 'ü'.repeat((mcpSchemaBytesMax - empty) / 2 - 1);
  const tools = [tool(fits), tool(`${fits}üü`)];
  expect(await readToolList(() => Promise.resolve({ tools }))).toMatchObject({
    tools: [{ name: 'work' }],
    leftOut: 1,
  });
});
