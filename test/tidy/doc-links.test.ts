import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readText, repositoryFiles } from './repository.ts';

const pages = repositoryFiles.filter((path) => path.endsWith('.md'));

interface Link {
  readonly page: string;
  readonly target: string;
}

/** Prose only: what stands in code is not a link. */
function withoutCode(markdown: string): string {
  return markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');
}

function relativeLinks(page: string): readonly Link[] {
  const text = withoutCode(readText(page));
  const inline = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
  const defined = [...text.matchAll(/^\[[^\]]+\]:\s+(\S+)/gm)];
  return [...inline, ...defined]
    .map((found) => found[1] ?? '')
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
    .map((target) => ({ page, target }));
}

/** The anchors that GitHub makes of a page's headings. */
function anchors(page: string): ReadonlySet<string> {
  const counts = new Map<string, number>();
  const made = [...readText(page).matchAll(/^#{1,6}\s+(.*?)\s*#*$/gm)].map((found) => {
    const base = (found[1] ?? '')
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    return count === 0 ? base : `${base}-${count}`;
  });
  return new Set(made);
}

function isBroken({ page, target }: Link): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? page : posix.normalize(posix.join(posix.dirname(page), file)).replace(/\/$/, '');
  if (!repositoryFiles.some((known) => known === path || known.startsWith(`${path}/`))) return true;
  return anchor !== undefined && path.endsWith('.md') && !anchors(path).has(anchor);
}

describe('links between pages', () => {
  test('lead to a file and a heading that exist: a page that cannot be reached is not documentation', () => {
    const broken = pages.flatMap(relativeLinks).filter(isBroken);
    expect(broken.map(({ page, target }) => `${page} → ${target}`)).toEqual([]);
  });

  test('stay inside the repository: the published package has nothing beside it', () => {
    const outside = pages
      .flatMap(relativeLinks)
      .filter(({ page, target }) =>
        posix.normalize(posix.join(posix.dirname(page), target)).startsWith('..'),
      );
    expect(outside).toEqual([]);
  });
});
