import type { Instruction } from '../../dockerfile/instructions.ts';
import { isLower } from '../letter-case.ts';
import { buildKitUrl, type Rule } from '../rule.ts';

/** An instruction in another case than most of its file. */
export const consistentInstructionCasing: Rule = {
  id: 'consistent-instruction-casing',
  code: 'ConsistentInstructionCasing',
  title: 'All commands within the Dockerfile should use the same casing (either upper or lower)',
  aliases: [],
  severity: 'warning',
  looksAt: 'keywords',
  docs: {
    why: 'Readers find instructions by their looks; one that is written otherwise is overlooked.',
    bad: 'FROM debian:13\nrun make\nCMD ["app"]',
    good: 'FROM debian:13\nRUN make\nCMD ["app"]',
    fix: { does: 'Writes the instruction as most others are.', sameImage: true },
  },
  url: buildKitUrl('consistent-instruction-casing'),
  wholeFile: true,
  *check({ dockerfile }) {
    // As BuildKit, without the ARGs above the first FROM.
    const first = dockerfile.instructions.findIndex(({ kind }) => kind === 'FROM');
    if (first === -1) return;
    const isUpper = ({ kind, node }: Instruction): boolean => kind === 'UNKNOWN' || node.keyword.text === node.name;
    if (dockerfile.instructions.every((each, index) => index < first || isUpper(each))) return;
    const nodes = dockerfile.instructions
      .slice(first)
      .filter(({ kind }) => kind !== 'UNKNOWN')
      .map(({ node }) => node);
    const upper = nodes.filter(({ keyword, name }) => keyword.text === name).length;
    const lower = nodes.filter(({ keyword }) => isLower(keyword.text)).length;
    for (const node of nodes) {
      const { text, range } = node.keyword;
      const newText = lower > upper ? text.toLowerCase() : text.toUpperCase();
      if (newText === text) continue;
      const majority = lower > upper ? 'lowercase' : 'uppercase';
      yield {
        message: `Command '${text}' should match the case of the command majority (${majority})`,
        range,
        at: node,
        fixes: [{ title: `Change to ${newText}`, preferred: true, edits: [{ range, newText }] }],
      };
    }
  },
};
