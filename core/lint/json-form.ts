import type { Token } from '../dockerfile/ast.ts';
import { execForm } from './exec-form.ts';
import type { Fix } from './rule.ts';

/** Words that need no shell become arguments; what needs one is left alone. */
export function jsonForm({ text, range }: Token): Fix[] {
  const words = execForm(text);
  if (words === undefined || range.start.line !== range.end.line) return [];
  const newText = `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
  return [{ title: `Change to ${newText}`, edits: [{ range, newText }] }];
}
