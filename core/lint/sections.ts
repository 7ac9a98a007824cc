import type { FromInstruction, Instruction } from '../dockerfile/instructions.ts';
import type { Dockerfile } from '../dockerfile/stages.ts';
import type { FileFacts, StageFacts } from './file-facts.ts';

/** A stage, or what stands above the first FROM: a fragment, or a Dockerfile that somebody has just begun. */
export interface Section {
  readonly from?: FromInstruction;
  readonly stage?: StageFacts;
  /** The section that it builds on. */
  readonly base?: Section;
  /** Without the FROM. */
  readonly instructions: readonly Instruction[];
}

/** Splits a Dockerfile at its FROMs. */
export function sectionsOf({ above }: Dockerfile, { stages }: FileFacts): Section[] {
  const sections: Section[] = [];
  const byStage = new Map<StageFacts, Section>();
  if (above.length > 0) sections.push({ instructions: above });
  for (const facts of stages) {
    const { from, instructions: own } = facts.stage;
    const base = facts.base && byStage.get(facts.base);
    const section = { from, stage: facts, instructions: own, ...(base && { base }) };
    byStage.set(facts, section);
    sections.push(section);
  }
  return sections;
}

const KINDS = new WeakMap<readonly Instruction[], ReadonlySet<Instruction['kind']>>();

/** Whether any instruction of a section is of a kind. Each list of instructions is gone through once. */
export function hasKind({ instructions }: Section, kind: Instruction['kind']): boolean {
  const kinds = KINDS.get(instructions) ?? new Set(instructions.map((each) => each.kind));
  KINDS.set(instructions, kinds);
  return kinds.has(kind);
}

/** A section and those that it builds on, itself first. */
export function lineageOf(section: Section): Section[] {
  const lineage: Section[] = [];
  for (let at: Section | undefined = section; at; at = at.base) lineage.push(at);
  return lineage;
}
