import type { Instruction } from '../../dockerfile/instructions.ts';
import type { FileContext } from '../file-context.ts';
import type { StageFacts } from '../file-facts.ts';
import type { Finding } from '../finding.ts';
import { RULES } from '../rules.ts';
import type { RunScript } from '../run-scripts.ts';
import type { Step } from '../stage-steps.ts';
import type { Suppression } from '../suppression.ts';
import { byPlace, check, partOf } from './check.ts';
import { lastUpTo } from './last-up-to.ts';

const OF_INSTRUCTION = RULES.filter(({ scope }) => scope === 'instruction');
const OF_SCRIPT = RULES.filter(({ scope }) => scope === 'script');
const OF_STAGE = RULES.filter(({ scope }) => scope === 'stage');
const OF_PARTS = RULES.filter(({ scope }) => scope !== undefined);

/** Where an instruction stands among what is known of its stage. */
export interface Place {
  readonly instruction: Instruction;
  readonly facts: StageFacts | undefined;
  /** Its own; of FROM those of the triggers that it fires. */
  readonly steps: readonly Step[];
  readonly script: RunScript | undefined;
}

/** What the rules find of which nothing is known. */
export interface FreshFindings {
  /** What the rules find that look at one instruction. */
  ofInstruction(place: Place): readonly Finding[];
  /** What the rules find that look at one stage, or at what stands above the first. */
  ofPart(
    instructions: readonly Instruction[],
    facts: StageFacts | undefined,
    scripts: readonly RunScript[],
  ): readonly Finding[];
}

/** Has the rules see nothing but the part that is asked for. */
export function partByPart(context: FileContext, suppression: Suppression): FreshFindings {
  return {
    ofInstruction({ instruction, facts, steps, script }) {
      const stage = facts && { ...facts, stage: { ...facts.stage, instructions: [] }, steps };
      const part = partOf(context, [instruction], stage, script ? [script] : []);
      const found = [...check(OF_INSTRUCTION, part, suppression)];
      if (script !== undefined) found.push(...check(OF_SCRIPT, part, suppression));
      return found.sort(byPlace);
    },
    ofPart: (instructions, facts, scripts) => [
      ...check(OF_STAGE, partOf(context, instructions, facts, scripts), suppression),
    ],
  };
}

/** Has the rules look once at everything: quicker where most is new. */
export function allAtOnce(context: FileContext, suppression: Suppression): FreshFindings {
  const { instructions } = context.dockerfile;
  const scopes = new Map(RULES.map(({ id, scope }) => [id, scope]));
  const ofInstructions = new Map<number, Finding[]>();
  const ofStages = new Map<number, Finding[]>();
  for (const finding of check(OF_PARTS, context, suppression)) {
    const found = scopes.get(finding.rule) === 'stage' ? ofStages : ofInstructions;
    const line =
      instructions[lastUpTo(instructions, ({ node }) => node.startLine <= finding.lines.start)]?.node.startLine;
    const others = found.get(line ?? 0);
    if (others) others.push(finding);
    else found.set(line ?? 0, [finding]);
  }
  for (const found of ofInstructions.values()) found.sort(byPlace);
  return {
    ofInstruction: ({ instruction }) => ofInstructions.get(instruction.node.startLine) ?? NONE,
    ofPart: (part) => part.flatMap(({ node }) => ofStages.get(node.startLine) ?? NONE),
  };
}

const NONE: readonly Finding[] = [];
