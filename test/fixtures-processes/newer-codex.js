#!/usr/bin/env node
// The real Codex under another version, and with a schema of its own: what a newer binary is to this library.
// REAL_CODEX is the real one; SCHEMA_RUNS a file that gets the folder of each schema; SCHEMA_BEHAVIOUR how the schema is written.
import { spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const args = process.argv.slice(2);
const behaviour = process.env.SCHEMA_BEHAVIOUR ?? 'writes';

if (args.includes('generate-json-schema')) {
  appendFileSync(process.env.SCHEMA_RUNS ?? '', `${args.at(-1)}\n`);
  const schema = {
    definitions: {
      v2: {
        AskForApproval: { oneOf: [{ enum: ['on-request', 'never', 'on-full-moon'] }] },
        SandboxMode: { enum: ['read-only'] },
        ReasoningEffort: { type: 'string' },
      },
    },
  };
  const file = path.join(args.at(-1) ?? '', 'codex_app_server_protocol.schemas.json');
  if (behaviour === 'writes') writeFileSync(file, JSON.stringify(schema));
  if (behaviour === 'writes nonsense') writeFileSync(file, '{');
  process.exitCode = behaviour === 'fails' ? 1 : 0;
} else {
  const child = spawn(process.env.REAL_CODEX ?? '', args, { stdio: ['inherit', 'pipe', 'inherit'] });
  let isFirst = true;
  child.stdout.on('data', (chunk) => {
    // The answer to `initialize` names the version, and comes first.
    process.stdout.write(isFirst ? String(chunk).replace('/0.169.', '/0.999.') : chunk);
    isFirst = false;
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => process.exit(code ?? 1));
}
