/** Connects to an MCP server of its own, which dies in the middle of a call and comes back, and lets the model call its tool. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Codex } from '../src/index.ts';
import { createCodexHome, functionCall, ScriptedModel, text } from '../src/testing/index.ts';

/** A whole MCP server: it dies of its first call, and answers all later ones. */
const server = `
import { existsSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
const tool = { name: 'weather', description: 'Tells the weather.', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } };
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize')
    send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'weather', version: '1' } } });
  if (method === 'tools/list') send({ id, result: { tools: [tool] } });
  if (method !== 'tools/call') return;
  if (!existsSync(process.argv[2])) {
    writeFileSync(process.argv[2], 'died once');
    process.kill(process.pid, 'SIGKILL');
  }
  send({ id, result: { content: [{ type: 'text', text: 'sunny' }] } });
});
`;

const folder = await mkdtemp(path.join(tmpdir(), 'codex-actors-example-'));
const program = path.join(folder, 'weather.mjs');
await writeFile(program, server);

await using model = await ScriptedModel.start();
await using home = await createCodexHome({ model });
model.enqueue([functionCall('weather__weather', {})], [text('It is sunny.')]);

await using codex = new Codex({ codexPathOverride: home.executable, env: home.env, profile: 'lean' });
const states: string[] = [];
codex.mcp.subscribe((news) => {
  if (news.type === 'server' && states.at(-1) !== news.status.state) states.push(news.status.state);
});
const weather = await codex.mcp.connect('weather', {
  command: process.execPath,
  args: [program, path.join(folder, 'died')],
});
const thread = codex.startThread({ workingDirectory: home.workingDirectory, model: 'gpt-5.5' });
const { finalResponse } = await thread.run('How is the weather?');

assert.equal(finalResponse, 'It is sunny.');
assert.deepEqual(weather.status.tools, ['weather__weather']);
assert.deepEqual(states, ['connecting', 'ready', 'waiting', 'connecting', 'ready']);
assert.equal(codex.tools.metrics.weather__weather?.succeeded, 1);
await weather.close();
await rm(folder, { recursive: true });
process.stdout.write(`${finalResponse} (${states.join(' → ')})\n`);
