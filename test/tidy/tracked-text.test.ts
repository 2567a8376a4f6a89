import { describe, expect, test } from 'vitest';
import { location, readText, repositoryFiles } from './repository.ts';

const binary = /\.(png|jpg|jpeg|gif|webp|ico|gz|tgz|wasm|woff2?)$/;

/** Hosts that a lockfile may name: the public registry, and the page that asks for donations to a package. */
const lockfileHosts =
  /^(registry\.npmjs\.org|opencollective\.com|github\.com|[\w.-]*(sponsors|patreon|ko-fi|tidelift|paypal)[\w.-]*)$/;

const texts = repositoryFiles
  .filter((path) => !binary.test(path))
  .map((path) => ({ path, text: readText(path) }));

function findings(pattern: RegExp, files = texts): readonly string[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map(
      (found) => `${location(path, text, found.index)} ${found[0].slice(0, 80)}`,
    ),
  );
}

describe('no file of the repository', () => {
  test('names a folder of somebody’s machine: it is another one on the next machine', () => {
    const pattern = /(?<![\w.$}~/-])\/(work|root|home\/(?!user\/)[a-z]\w*|Users\/[a-z]\w*)\/[\w.-]*/g;
    expect(findings(pattern)).toEqual([]);
  });

  test('names a registry other than the public one: nobody else can install from it', () => {
    const lockfile = texts.filter(({ path }) => path === 'package-lock.json');
    const hosts = findings(/(?<="resolved": ")https?:\/\/[^/"]+/g, lockfile).map((one) =>
      one.replace(/^.*https?:\/\//, ''),
    );
    expect([...new Set(hosts)].filter((host) => !lockfileHosts.test(host))).toEqual([]);
    const others = findings(/https?:\/\/[\w.-]*(?:registry|artifactory|nexus|verdaccio)[\w.-]*/g);
    expect(others.filter((one) => !/\/\/registry\.npmjs\.org$/.test(one))).toEqual([]);
    expect(findings(/_authToken\s*=\s*\S+/g)).toEqual([]);
    expect(repositoryFiles.filter((path) => /(^|\/)\.npmrc$/.test(path))).toEqual([]);
  });

  test('holds a credential', () => {
    const pattern =
      /\b(?:sk-(?:proj-)?(?!\w*(?:secret|fake|test|example))[A-Za-z0-9]{24,}|gh[pousr]_[A-Za-z0-9]{30,}|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----)/g;
    expect(findings(pattern)).toEqual([]);
  });

  test('holds a conflict that was never settled', () => {
    expect(findings(/^(?:<{7}|>{7}) .*$/gm)).toEqual([]);
  });

  test('has a name that says what kind of thing it is instead of what it holds', () => {
    const drawers = /(^|\/)(utils?|helpers?|common|misc|shared)(\/|\.[a-z]+$)/;
    expect(repositoryFiles.filter((path) => drawers.test(path))).toEqual([]);
  });

  test('has a name in another style: words in lower case, joined by hyphens', () => {
    const code = repositoryFiles.filter((path) =>
      /^(src|test|scripts|bench|examples)\/.*\.[jt]s$/.test(path),
    );
    expect(code.filter((path) => !/^[a-z0-9./-]+$/.test(path))).toEqual([]);
  });
});
