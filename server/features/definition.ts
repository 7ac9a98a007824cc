import type { Location } from 'vscode-languageserver/node';
import type { Position } from '../../core/dockerfile/ast.ts';
import { symbolAt } from '../../core/dockerfile/symbols.ts';
import type { Reading } from '../reading.ts';

/** Where a stage or a heredoc is named, or where a variable was last set before the place. */
export function definition({ uri, symbols }: Reading, position: Position): Location | undefined {
  const found = symbolAt(symbols, position);
  if (found === undefined) return undefined;
  const { occurrences, kind } = found.symbol;
  const definitions = occurrences.filter(({ role }) => role === 'definition');
  const isBefore = (line: number) => line < position.line || (kind === 'heredoc' && line === position.line);
  const own = found.occurrence.role === 'definition' ? found.occurrence : undefined;
  const last = definitions.findLast(({ range }) => isBefore(range.start.line)) ?? own ?? definitions[0];
  return last && { uri, range: last.range };
}
