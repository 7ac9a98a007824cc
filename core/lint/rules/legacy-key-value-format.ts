import type { Pair } from '../../dockerfile/instructions.ts';
import type { LexerOptions } from '../../dockerfile/shell-lexer.ts';
import { readWords } from '../../dockerfile/words.ts';
import { buildKitUrl, type Fix, type Rule, type TextEdit } from '../rule.ts';

/** `ENV name value` and `LABEL name value`, without `=`. */
export const legacyKeyValueFormat: Rule = {
  id: 'legacy-key-value-format',
  code: 'LegacyKeyValueFormat',
  title: 'Legacy key/value format with whitespace separator should not be used',
  aliases: [],
  severity: 'warning',
  scope: 'instruction',
  docs: {
    why: 'The form without = takes the whole line as one value, spaces and all.',
    bad: 'FROM debian:13\nENV HOME /root',
    good: 'FROM debian:13\nENV HOME=/root',
    fix: { does: 'Writes NAME=value.', sameImage: true },
  },
  url: buildKitUrl('legacy-key-value-format'),
  *check({ facts, steps }) {
    for (const { instruction, at, triggered } of steps) {
      if (instruction.kind !== 'ENV' && instruction.kind !== 'LABEL') continue;
      const name = instruction.node.keyword.text;
      for (const pair of instruction.pairs.filter(({ legacy }) => legacy)) {
        yield {
          message: `"${name} key=value" should be used instead of legacy "${name} key value" format`,
          range: triggered ? at.range : pair.name.range,
          at,
          fixes: triggered ? [] : equalsForm(pair, facts.lexer),
        };
      }
    }
  },
};

/** Puts `=` between name and value, and quotes around a value with blanks; the value's own lines stay as they are. */
function equalsForm({ name, value }: Pair, lexer: LexerOptions): Fix[] {
  if (/["'\\`$=]/.test(name.text)) return [];
  const text = `${name.text}=${value.text}`;
  const isOneWord = readWords({ text, range: name.range }, { escapeToken: lexer.escape })[0]?.text === text;
  // Quotes and escapes would mean something else inside quotes.
  if (!isOneWord && /["'\\`]/.test(value.text)) return [];
  const quote = isOneWord ? '' : '"';
  const edits: TextEdit[] = [{ range: { start: name.range.end, end: value.range.start }, newText: `=${quote}` }];
  if (!isOneWord) edits.push({ range: { start: value.range.end, end: value.range.end }, newText: quote });
  return [{ title: `Change to ${name.text}=…`, preferred: true, edits }];
}
