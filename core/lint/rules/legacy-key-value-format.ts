import type { Pair } from '../../dockerfile/instructions.ts';
import { buildKitUrl, type Fix, type Rule, type TextEdit } from '../rule.ts';

export const legacyKeyValueFormat: Rule = {
  id: 'legacy-key-value-format',
  code: 'LegacyKeyValueFormat',
  title: 'Legacy key/value format with whitespace separator should not be used',
  aliases: [],
  severity: 'warning',
  url: buildKitUrl('legacy-key-value-format'),
  *check({ facts }) {
    for (const { instruction, at, triggered } of facts.stages.flatMap(({ steps }) => steps)) {
      if (instruction.kind !== 'ENV' && instruction.kind !== 'LABEL') continue;
      const name = instruction.node.keyword.text;
      for (const pair of instruction.pairs.filter(({ legacy }) => legacy)) {
        yield {
          message: `"${name} key=value" should be used instead of legacy "${name} key value" format`,
          range: triggered ? at.range : pair.name.range,
          at,
          fixes: triggered ? [] : equalsForm(pair),
        };
      }
    }
  },
};

/** Puts `=` between name and value, and quotes around a value with blanks; the value's own lines stay as they are. */
function equalsForm({ name, value }: Pair): Fix[] {
  if (/["'\\`$=]/.test(name.text)) return [];
  const quote = /\s/.test(value.text) ? '"' : '';
  // Quotes and escapes would mean something else inside quotes.
  if (quote !== '' && /["'\\`]/.test(value.text)) return [];
  const between = { start: name.range.end, end: value.range.start };
  const edits: TextEdit[] = [{ range: between, newText: `=${quote}` }];
  if (quote !== '') edits.push({ range: { start: value.range.end, end: value.range.end }, newText: quote });
  return [{ title: `Change to ${name.text}=…`, preferred: true, edits }];
}
