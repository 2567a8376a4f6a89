import { expect, test } from 'vitest';
import { errorCatalogue } from '../../src/protocol/errors/error-catalogue.ts';
import { isSyntaxNode, type SyntaxNode, sourceModule, walk } from '../tidy/repository.ts';
import { pinnedLines } from './pinned-lines.ts';

test('the errors of Codex and of the way to it have exactly these codes, classes and retryability', () => {
  const entries = Object.entries(errorCatalogue).map(
    ([code, { className, retryable }]) => `${code} ${className} ${retryable ? 'retryable' : 'final'}`,
  );
  expect(entries).toEqual(pinnedLines('error-codes.txt'));
});

test('the errors of supervision have exactly these codes', () => {
  expect(supervisionCodes()).toEqual(pinnedLines('supervision-error-codes.txt'));
});

/** The members of the code unions, which exist only as types. */
function supervisionCodes(): readonly string[] {
  const { program } = sourceModule('src/supervisor/errors.ts');
  const unions = [...walk(program)].filter(
    (node) =>
      node.type === 'TSTypeAliasDeclaration' && isSyntaxNode(node.id) && /Code$/.test(String(node.id.name)),
  );
  return unions.flatMap(stringLiterals);
}

function stringLiterals(node: SyntaxNode): readonly string[] {
  return [...walk(node)].flatMap((part) =>
    part.type === 'Literal' && typeof part.value === 'string' ? [part.value] : [],
  );
}
