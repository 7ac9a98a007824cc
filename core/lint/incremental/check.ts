import type { Instruction } from '../../dockerfile/instructions.ts';
import { FileContext } from '../file-context.ts';
import type { StageFacts } from '../file-facts.ts';
import type { Finding } from '../finding.ts';
import { toFinding } from '../lint.ts';
import type { Rule, RuleContext } from '../rule.ts';
import { RULES } from '../rules.ts';
import type { RunScript } from '../run-scripts.ts';
import type { Suppression } from '../suppression.ts';
import { movedFinding } from './moved-finding.ts';

const RANKS = new Map(RULES.map(({ id }, index) => [id, index]));

/** What some rules find, without what is turned off. It does not move with what it is about. */
export function* check(rules: readonly Rule[], context: RuleContext, suppression: Suppression): Generator<Finding> {
  for (const rule of rules) {
    if (!suppression.mayRun(rule)) continue;
    for (const report of rule.check(context)) {
      if (suppression.allows(rule, report)) yield movedFinding(toFinding(rule, report, suppression), 0);
    }
  }
}

/** In the order of the text; at one place in that of the rules, then ShellCheck's. */
export function byPlace(a: Finding, b: Finding): number {
  const [{ start: first }, { start: second }] = [a.range, b.range];
  return first.line - second.line || first.character - second.character || rankOf(a) - rankOf(b);
}

function rankOf({ rule }: Finding): number {
  return RANKS.get(rule) ?? RULES.length;
}

/** What rules see of a part of a file. The lines are the whole file's, so that places are, too. */
export function partOf(
  context: FileContext,
  instructions: readonly Instruction[],
  facts: StageFacts | undefined,
  scripts: readonly RunScript[],
): RuleContext {
  const nodes = instructions.map(({ node }) => node);
  const hasFrom = instructions.some(({ kind }) => kind === 'FROM');
  const dockerfile = {
    syntax: { escape: context.dockerfile.syntax.escape, directives: [], comments: [], instructions: nodes },
    instructions,
    above: hasFrom ? [] : instructions,
    globalArgs: [],
    stages: facts && hasFrom ? [facts.stage] : [],
  };
  return new FilePart(dockerfile, context, { ...context.facts, stages: facts ? [facts] : [] }, scripts);
}

class FilePart extends FileContext {
  constructor(
    dockerfile: RuleContext['dockerfile'],
    private readonly whole: FileContext,
    facts: RuleContext['facts'],
    scripts: readonly RunScript[],
  ) {
    super(dockerfile, whole.text, whole.options, facts, [scripts]);
  }

  override get lines(): readonly string[] {
    return this.whole.lines;
  }
}
