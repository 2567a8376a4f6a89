import { writeSync } from 'node:fs';
import { McpServers } from '../../src/actors/mcp/mcp-servers.ts';
import { toolsChild } from '../../src/actors/tools/tool-runner.ts';
import { ToolTable } from '../../src/actors/tools/tool-table.ts';
import { KnownSecrets } from '../../src/protocol/errors/redaction.ts';
import { ActorSystem } from '../../src/supervisor/actor-system.ts';

// A host that connects to an MCP server and never closes it: it must end by itself. The options are the argument.
const table = new ToolTable();
const mcp: McpServers = new McpServers({
  table,
  telemetry: undefined,
  messaging: () => Promise.resolve(system),
  running: () => Promise.resolve(system),
  request: () => Promise.reject(new Error('there is no Codex here')),
  secrets: new KnownSecrets([]),
});
const system: ActorSystem = await ActorSystem.start({ children: [toolsChild({ table }), mcp.child()] });
const { status } = await mcp.connect('lab', JSON.parse(process.argv[2] ?? '{}'));
writeSync(1, `${status.state}\n`);
