import type { Token } from '../dockerfile/ast.ts';
import type { LabelInstruction } from '../dockerfile/instructions.ts';
import type { LabelType } from './lint-settings.ts';
import type { Fix, Report, RuleContext } from './rule.ts';
import { unquoted } from './source-kind.ts';

/** A label that is set. */
export interface SetLabel {
  readonly key: string;
  readonly value: string;
  readonly name: Token;
  readonly valueToken: Token;
  readonly instruction: LabelInstruction;
}

/** Every label that a Dockerfile sets, quotes taken off. */
export function labelsOf({ dockerfile }: RuleContext): SetLabel[] {
  return dockerfile.instructions.flatMap((instruction) =>
    instruction.kind === 'LABEL'
      ? instruction.pairs.map(({ name, value }) => ({
          key: unquoted(name.text),
          value: unquoted(value.text),
          name,
          valueToken: value,
          instruction,
        }))
      : [],
  );
}

/**
 * Labels that the project wants to be of a type, and that are not; an empty value and a variable are left to others. `mend`
 * gives what was most likely meant.
 */
export function* mistypedLabels(
  context: RuleContext,
  type: LabelType,
  isValid: (value: string) => boolean,
  what: string,
  mend: (value: string) => string | undefined = () => undefined,
): Generator<Report> {
  const { labels } = context.options.settings ?? {};
  if (labels === undefined || ![...labels.values()].includes(type)) return;
  for (const { key, value, valueToken, instruction } of labelsOf(context)) {
    if (labels.get(key) !== type || value.includes('$') || isValid(value)) continue;
    const range = value === '' ? instruction.node.range : valueToken.range;
    const fixes = mended(valueToken, value, mend(value));
    yield { message: `The label ${key} should hold ${what}`, range, at: instruction.node, fixes };
  }
}

/** In the quotes that are there. */
function mended({ text, range }: Token, value: string, meant: string | undefined): Fix[] {
  if (meant === undefined || value === '' || !text.includes(value)) return [];
  return [{ title: `Change to ${meant}`, edits: [{ range, newText: text.replace(value, () => meant) }] }];
}
