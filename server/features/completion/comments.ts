import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Position } from '../../../core/dockerfile/ast.ts';
import { RULES } from '../../../core/lint/lint.ts';
import { COMMENT_VALUES, DIRECTIVES, PRAGMAS } from '../../knowledge/values.ts';
import type { Reading } from '../../reading.ts';
import { item } from './item.ts';
import { rangeBefore } from './place.ts';

/** What a comment may say to a builder or to a linter. A `#` alone may be a line that stays empty. */
export function comments(
  reading: Reading,
  position: Position,
  before: string,
  typed: string | undefined,
): CompletionItem[] {
  if (typed === '#') return [];
  const rules = /(?:check\s*=\s*(?:[^;]*;)*skip\s*=|hadolint\s+(?:global\s+)?ignore\s*=)(?:[^,;]*,)*\s*(\w*)$/.exec(
    before,
  );
  if (rules !== null) {
    const range = rangeBefore(position, rules[1] ?? '');
    return RULES.map(({ code, title }) =>
      item(code, CompletionItemKind.EnumMember, code, range, { documentation: title }),
    );
  }
  const word = /^\s*#\s*(.*)$/.exec(before)?.[1] ?? '';
  const values = COMMENT_VALUES.find(({ behind }) => behind.test(word));
  if (values !== undefined) {
    const typed = values.behind.exec(word)?.[1] ?? '';
    return values.entries.map(({ name, text }, order) =>
      item(name, CompletionItemKind.EnumMember, name, rangeBefore(position, typed), { order, documentation: text }),
    );
  }
  if (/[=]/.test(word)) return [];
  const range = rangeBefore(position, word);
  const given = new Set<string>(reading.dockerfile.syntax.directives.map(({ name }) => name));
  const isHead = reading.dockerfile.syntax.instructions.every(({ startLine }) => startLine > position.line);
  const directives = isHead ? DIRECTIVES.filter(({ name }) => !given.has(name.split('=')[0] ?? '')) : [];
  return [
    ...directives.map(({ name, text }) =>
      item(name, CompletionItemKind.Property, name, range, { order: 0, documentation: text }),
    ),
    ...PRAGMAS.map(({ name, text }) =>
      item(name, CompletionItemKind.Property, name, range, { order: 1, documentation: text }),
    ),
  ].filter(
    ({ label }, index, all) => label.startsWith(word) && all.findIndex((each) => each.label === label) === index,
  );
}
