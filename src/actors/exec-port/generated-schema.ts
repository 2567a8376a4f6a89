import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '../../supervisor/clock.ts';

/** A Codex executable that runs. */
export interface ConnectedBinary {
  readonly executable: string;
  /** As the handshake told it. */
  readonly version: string | undefined;
  /** The environment that its process has. */
  readonly env: Readonly<Record<string, string>>;
}

/** Milliseconds that an executable has to write its schema; 60 are usual. */
export const schemaTimeoutMs = 10_000;

/** Bytes of a schema file; 2 million are usual. */
export const schemaBytesMax = 64 * 1_048_576;

/** The file of the bundle that holds all definitions. */
const schemaFile = 'codex_app_server_protocol.schemas.json';

/**
 * The JSON schema of the app-server protocol, as an executable itself writes it (`codex app-server generate-json-schema`). Takes a
 * process and a temporary folder, both gone when it settles. Rejects when there is no schema in time.
 */
export async function generatedSchema(binary: ConnectedBinary, clock: Clock): Promise<unknown> {
  const folder = await mkdtemp(path.join(tmpdir(), 'codex-actors-schema-'));
  try {
    await run(binary, ['app-server', 'generate-json-schema', '--experimental', '--out', folder], clock);
    const file = path.join(folder, schemaFile);
    const { size } = await stat(file);
    if (size > schemaBytesMax) throw new RangeError(`the schema has ${size} bytes`);
    return JSON.parse(await readFile(file, 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run({ executable, env }: ConnectedBinary, args: readonly string[], clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(executable, args, { env, stdio: 'ignore', windowsHide: true });
    const timer = clock.setTimer(schemaTimeoutMs, () => child.kill('SIGKILL'));
    child.once('error', (error) => {
      clock.cancelTimer(timer);
      reject(error);
    });
    child.once('exit', (code) => {
      clock.cancelTimer(timer);
      if (code === 0) resolve();
      else reject(new Error(`the schema was not written: exit code ${code ?? 'none'}`));
    });
  });
}
