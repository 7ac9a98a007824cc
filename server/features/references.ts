import { type DocumentHighlight, DocumentHighlightKind, type Location } from 'vscode-languageserver/node';
import type { Position } from '../../core/dockerfile/ast.ts';
import { symbolAt } from '../../core/dockerfile/symbols.ts';
import type { Reading } from '../reading.ts';

/** Every place that means the stage, variable or heredoc at a place. */
export function references(
  { uri, symbols }: Reading,
  position: Position,
  { includeDeclaration }: { readonly includeDeclaration: boolean },
): Location[] {
  const { occurrences = [] } = symbolAt(symbols, position)?.symbol ?? {};
  return occurrences
    .filter(({ role }) => includeDeclaration || role !== 'definition')
    .map(({ range }) => ({ uri, range }));
}

/** The same places, as the editor marks them while the cursor is on one. */
export function highlights({ symbols }: Reading, position: Position): DocumentHighlight[] {
  const { occurrences = [] } = symbolAt(symbols, position)?.symbol ?? {};
  return occurrences.map(({ role, range }) => ({
    range,
    kind: role === 'reference' ? DocumentHighlightKind.Read : DocumentHighlightKind.Write,
  }));
}
