import type { InstructionNode } from './ast.ts';

/** Where in an instruction's joined text a continued line begins. */
export interface JoinedBreak {
  readonly offset: number;
  /** From 0. */
  readonly line: number;
}

/** The continued lines of an instruction, by offsets into what `rest` holds. */
export function joinedBreaks({ rest }: InstructionNode): JoinedBreak[] {
  return (rest?.breaks ?? []).map(({ offset, position }) => ({ offset, line: position.line }));
}

/** Whether the text that `rest` holds is within quotes at an offset, as a shell and BuildKit read them. */
export function openQuoteAt({ rest }: InstructionNode, offset: number): boolean {
  const text = rest?.text ?? '';
  let quote = '';
  for (let at = 0; at < offset; at++) {
    const char = text.charAt(at);
    if (char === '\\' && quote !== "'") at++;
    else if (quote === '' ? char === '"' || char === "'" : char === quote) quote = quote === '' ? char : '';
  }
  return quote !== '';
}
