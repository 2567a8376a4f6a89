// Staged attachments: one copy of one content, a picture and a log for a turn, a file that goes with its scope, and a count of it all.
import assert from 'node:assert/strict';
import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Codex } from 'codex-actors';
import { attach } from 'codex-actors/files';
import { createCodexHome, ScriptedModel } from 'codex-actors/testing';

await using model = await ScriptedModel.start();
model.script((request) => [
  { type: 'text', text: request.mentions('build.log: ') ? 'I see build.log.' : 'I see nothing.' },
]);
await using home = await createCodexHome({ model });
await using codex = new Codex({
  codexPathOverride: home.executable,
  env: home.env,
  files: { directory: path.join(home.workingDirectory, '.attachments'), ttlMs: 3_600_000 },
});
const thread = codex.startThread({
  workingDirectory: home.workingDirectory,
  approvalPolicy: 'never',
  sandboxMode: 'read-only',
});

const source = path.join(home.workingDirectory, 'build.log');
await writeFile(source, 'error: the build is broken\n');
const log = await codex.files.stage(source);
const again = await codex.files.stage(new Blob(['error: the build is broken\n']), { name: 'same.log' });
assert.equal(again.id, log.id, 'the same content is kept once, under both names');

const { finalResponse } = await thread.run('What is attached?', attach({}, log));
assert.equal(finalResponse, 'I see build.log.');
console.log(finalResponse);

let gone: string;
{
  await using note = await codex.files.temporary(Buffer.from('for this scope only'), { name: 'note.txt' });
  gone = note.attachment.path;
  await access(gone);
}
await assert.rejects(access(gone), 'a temporary file goes with its scope');

const { total, hits, misses } = await codex.files.metrics();
console.log(
  `${total.count} file, ${total.bytes} bytes; ${hits} staging found its content, ${misses} did not`,
);
assert.deepEqual(total, { count: 1, bytes: log.size });
