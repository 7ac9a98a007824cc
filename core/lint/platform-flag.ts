import type { InstructionNode } from '../dockerfile/ast.ts';
import type { FromInstruction } from '../dockerfile/instructions.ts';
import type { Fix } from './rule.ts';

/** The flag of FROM that names a platform. */
export function platformFlag({ flags }: InstructionNode): InstructionNode['flags'][number] | undefined {
  return flags.find(({ name }) => name.text === 'platform');
}

/** Takes the flag away, so that FROM means the platform that is built for; nothing where there are others. */
export function platformRemoval({ node, image }: FromInstruction): Fix[] {
  const flag = platformFlag(node);
  if (flag === undefined || image === undefined || node.flags.length !== 1) return [];
  const range = { start: flag.range.start, end: image.range.start };
  return [{ title: 'Remove the platform', edits: [{ range, newText: '' }] }];
}
