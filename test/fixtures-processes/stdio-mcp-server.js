#!/usr/bin/env node
// The MCP server of mcp-lab.js on stdio.
import process from 'node:process';
import { createInterface } from 'node:readline';
import { McpLab } from './mcp-lab.js';

const lab = new McpLab({
  send: (message) => process.stdout.write(`${JSON.stringify(message)}\n`),
  garbage: () => process.stdout.write('this is no JSON\n{"half":\n'),
});

createInterface({ input: process.stdin }).on('line', (line) => lab.receive(JSON.parse(line)));
