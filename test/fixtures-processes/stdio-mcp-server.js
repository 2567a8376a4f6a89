#!/usr/bin/env node
// The MCP server of mcp-lab.js on stdio. With MCP_BEHAVIOUR `does not end` neither the end of its stdin nor SIGTERM ends it.
import process from 'node:process';
import { createInterface } from 'node:readline';
import { McpLab } from './mcp-lab.js';

const lab = new McpLab({
  send: (message) => process.stdout.write(`${JSON.stringify(message)}\n`),
  garbage: () => process.stdout.write('this is no JSON\n{"half":\n'),
});

if (process.env.MCP_BEHAVIOUR === 'does not end') {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1_000_000);
}

createInterface({ input: process.stdin }).on('line', (line) => lab.receive(JSON.parse(line)));
