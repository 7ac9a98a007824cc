import { type Hover, MarkupKind } from 'vscode-languageserver/node';
import type { Range } from '../../core/dockerfile/ast.ts';

/** A hover in Markdown. */
export function markdown(value: string, range: Range): Hover {
  return { contents: { kind: MarkupKind.Markdown, value }, range };
}

/** A fence that no text can close. */
export function fence(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const marks = '`'.repeat(longest + 1);
  return `${marks}dockerfile\n${text}\n${marks}`;
}
