import type { InstructionNode, Parsed, Problem } from './ast.ts';
import { FlagSet } from './flag-set.ts';
import type { Instruction, OnBuildInstruction } from './instructions.ts';
import { errorAt } from './problems.ts';

/**
 * Reads ONBUILD. What is wrong with the instruction behind it is a warning: the build that declares it goes through,
 * those on top of its image fail.
 */
export function readOnBuild(
  node: InstructionNode,
  readInstruction: (node: InstructionNode) => Parsed<Instruction>,
): Parsed<OnBuildInstruction> {
  const { trigger, keyword } = node;
  const base = { kind: 'ONBUILD', node, expression: expressionOf(node) } as const;
  if (trigger === undefined) {
    const message = 'ONBUILD requires at least one argument';
    return { value: base, problems: [errorAt(keyword.range, 'argument-missing', message)] };
  }
  const problems: Problem[] = [...new FlagSet(node).problems];
  if (trigger.name === 'ONBUILD' || trigger.name === 'FROM' || trigger.name === 'MAINTAINER') {
    const message =
      trigger.name === 'ONBUILD'
        ? "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"
        : `${trigger.name} isn't allowed as an ONBUILD trigger`;
    return { value: base, problems: [errorAt(trigger.keyword.range, 'trigger-invalid', message), ...problems] };
  }
  const read = readInstruction(trigger);
  const warnings = read.problems.map((problem): Problem => ({ ...problem, severity: 'warning' }));
  return { value: { ...base, trigger: read.value }, problems: [...problems, ...warnings] };
}

function expressionOf({ original, heredocs }: InstructionNode): string {
  const line = original.replace(/^\s*ONBUILD\s*/i, '');
  return line + heredocs.map(({ content, name }) => `\n${content}${name}`).join('');
}
