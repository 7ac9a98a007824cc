import type { Location } from 'vscode-languageserver/node';
import type { Position } from '../../core/dockerfile/ast.ts';
import { type Occurrence, symbolAt } from '../../core/dockerfile/symbols.ts';
import type { Reading } from '../reading.ts';

/**
 * Where a stage or a heredoc is named, or where a variable was last set before the place: in its stage, in what that builds
 * on, or above the first FROM; of what a shell has for itself where it is first set.
 */
export function definition({ uri, symbols }: Reading, position: Position): Location | undefined {
  const found = symbolAt(symbols, position);
  if (found === undefined) return undefined;
  const { occurrence, symbol } = found;
  const { occurrences } = symbol;
  const first = occurrences.find(({ role }) => role === 'definition') ?? occurrences.find(isAssignment);
  const range = occurrence.setAt ?? (occurrence.role === 'definition' ? occurrence : first)?.range;
  return range && { uri, range };
}

function isAssignment({ role }: Occurrence): boolean {
  return role === 'assignment';
}
