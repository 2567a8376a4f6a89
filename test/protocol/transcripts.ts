import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '../../fixtures/transcripts');

/** The scenarios of which there is a transcript of that kind. */
export function scenariosOf(kind: 'exec' | 'app-server'): readonly string[] {
  const suffix = `.${kind}.jsonl`;
  return readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length));
}

/** The lines of a transcript, as the binary wrote them. */
export function transcriptLines(scenario: string, kind: 'exec' | 'app-server'): readonly string[] {
  return readFileSync(path.join(folder, `${scenario}.${kind}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

/** What the app-server said, in order, without what was said to it. */
export function serverMessages(scenario: string): readonly Record<string, unknown>[] {
  return transcriptLines(scenario, 'app-server')
    .map((line): { dir: string; message: Record<string, unknown> } => JSON.parse(line))
    .filter(({ dir }) => dir === '<')
    .map(({ message }) => message);
}

/** The notifications of a transcript, as a turn's translation takes them. */
export function notificationsOf(scenario: string): readonly { method: string; params: unknown }[] {
  return serverMessages(scenario).flatMap(({ method, id, params }) =>
    typeof method === 'string' && id === undefined ? [{ method, params }] : [],
  );
}
