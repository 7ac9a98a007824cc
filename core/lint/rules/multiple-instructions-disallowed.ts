import { removeInstruction } from '../instruction-edits.ts';
import { buildKitUrl, type Fix, type Rule } from '../rule.ts';
import type { Step } from '../stage-steps.ts';

const ONCE: readonly string[] = ['CMD', 'ENTRYPOINT', 'HEALTHCHECK'];

/** CMD, ENTRYPOINT or HEALTHCHECK that another one in the same stage makes void; told at the one that is void. */
export const multipleInstructionsDisallowed: Rule = {
  id: 'multiple-instructions-disallowed',
  code: 'MultipleInstructionsDisallowed',
  title: 'Multiple instructions of the same type should not be used in the same stage',
  aliases: ['DL4003', 'DL4004', 'DL3012'],
  severity: 'warning',
  looksAt: ['FROM', 'ARG', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK'],
  docs: {
    why: 'Only the last one counts; the others mislead.',
    bad: 'FROM debian:13\nCMD ["a"]\nCMD ["b"]',
    good: 'FROM debian:13\nCMD ["b"]',
    fix: { does: 'Removes the one that has no effect.', sameImage: true },
  },
  tag: 'unnecessary',
  url: buildKitUrl('multiple-instructions-disallowed'),
  *check({ facts }) {
    for (const { steps } of facts.stages) {
      const last = new Map<string, Step>();
      for (const step of steps) {
        const { kind, node } = step.instruction;
        if (!ONCE.includes(kind)) continue;
        const before = last.get(kind);
        last.set(kind, step);
        if (before === undefined) continue;
        const name = node.keyword.text;
        yield {
          message: `Multiple ${name} instructions should not be used in the same stage because only the last one will be used`,
          range: before.triggered ? before.at.range : before.instruction.node.keyword.range,
          at: before.at,
          judged: node,
          fixes: before.triggered ? [] : [removal(before)],
        };
      }
    }
  },
};

/** The whole lines of an instruction that the one below makes void. */
function removal({ instruction: { node } }: Step): Fix {
  return { title: `Remove this ${node.name}`, preferred: true, edits: [removeInstruction(node)] };
}
