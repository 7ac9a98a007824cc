import type { LinkedEditingRanges } from 'vscode-languageserver/node';
import type { Position } from '../../core/dockerfile/ast.ts';
import { symbolAt } from '../../core/dockerfile/symbols.ts';
import type { Reading } from '../reading.ts';

/** A stage's or heredoc's name, wherever it stands: typing in one place changes the others. */
export function linkedEditing(reading: Reading, position: Position): LinkedEditingRanges | undefined {
  const found = symbolAt(reading.symbols, position);
  if (found === undefined || found.symbol.kind === 'variable') return undefined;
  const named = found.symbol.occurrences.filter(({ byIndex }) => byIndex === undefined);
  // Names in different case are the same stage, but not the same text.
  const text = reading.textIn(found.occurrence.range);
  const ranges = named.map(({ range }) => range).filter((range) => reading.textIn(range) === text);
  if (found.occurrence.byIndex || ranges.length < 2) return undefined;
  return { ranges, wordPattern: '[A-Za-z0-9_.-]*' };
}
