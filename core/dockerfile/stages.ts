import type { Range, SyntaxTree, Token } from './ast.ts';
import type { ArgInstruction, FromInstruction, Instruction } from './instructions.ts';

/** One FROM and the instructions below it. */
export interface Stage {
  /** Position among the stages, from 0. */
  readonly index: number;
  /** Lower case, as names are compared; absent without `AS`. */
  readonly name?: string;
  readonly from: FromInstruction;
  /** Without the FROM. */
  readonly instructions: readonly Instruction[];
  /** From FROM to the end of the last instruction. */
  readonly range: Range;
}

/** A Dockerfile, understood as far as it can be by itself. */
export interface Dockerfile {
  readonly syntax: SyntaxTree;
  /** All of them, in order. */
  readonly instructions: readonly Instruction[];
  /** What stands above the first FROM. */
  readonly above: readonly Instruction[];
  /** ARGs above the first FROM. */
  readonly globalArgs: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
}

/** Words that may refer to a stage; where no stage is meant, they name an image. */
export interface StageReference {
  readonly kind: 'base' | 'copy' | 'mount';
  /** Not expanded. */
  readonly token: Token;
  readonly instruction: Instruction;
}

/** Groups instructions into stages. What stands between the global ARGs and the first FROM is in no stage. */
export function stagesOf(instructions: readonly Instruction[]): Pick<Dockerfile, 'above' | 'globalArgs' | 'stages'> {
  const above: Instruction[] = [];
  const stages: { from: FromInstruction; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    if (instruction.kind === 'FROM') stages.push({ from: instruction, instructions: [] });
    else (stages.at(-1)?.instructions ?? above).push(instruction);
  }
  return { above, globalArgs: argsOf(above), stages: stages.map(toStage) };
}

/** The ARGs among instructions. */
export function argsOf(instructions: readonly Instruction[]): ArgInstruction[] {
  return instructions.filter((each) => each.kind === 'ARG');
}

/** A stage, of its FROM and what stands below. */
export function toStage(parts: Pick<Stage, 'from' | 'instructions'>, index: number): Stage {
  const { from, instructions } = parts;
  const name = from.stage?.text.toLowerCase();
  const end = (instructions.at(-1) ?? from).node.range.end;
  return {
    index,
    ...(name !== undefined && { name }),
    from,
    instructions,
    range: { start: from.node.range.start, end },
  };
}

/** The stage that a FROM with this image, expanded, builds on: the last one of that name above it; names are lower case. */
export function baseStage(stages: readonly Stage[], from: Stage, image: string): Stage | undefined {
  return stages.findLast(({ name, index }) => index < from.index && name === image);
}

/**
 * The stage that COPY's `--from` means by a name (in any case) or an index. A name that stands for no stage is an image's; an
 * index out of range is an error.
 */
export function sourceStage(stages: readonly Stage[], text: string): Stage | 'out-of-range' | undefined {
  return isStageIndex(text) ? (stages[Number(text)] ?? 'out-of-range') : namedStage(stages, text);
}

/** The stage that has a name, in any case: what a mount's `from` means. BuildKit takes an index there for an image's name. */
function namedStage(stages: readonly Stage[], text: string): Stage | undefined {
  return stages.findLast(({ name }) => name === text.toLowerCase());
}

/** Whether a text is a stage's place rather than its name, which begins with a letter. */
export function isStageIndex(text: string): boolean {
  return /^[+-]?\d+$/.test(text);
}

/** The stage that `--target` means: by name in any case, else by index; absent means the last. */
export function targetStage(stages: readonly Stage[], target: string | undefined): Stage | undefined {
  if (target === undefined || target === '') return stages.at(-1);
  return namedStage(stages, target) ?? (/^\d+$/.test(target) ? stages[Number(target)] : undefined);
}

/** What in a stage refers to stages or images, in the order of the source. */
export function stageReferences(stage: Stage): StageReference[] {
  const { image } = stage.from;
  const base: StageReference[] = image === undefined ? [] : [{ kind: 'base', token: image, instruction: stage.from }];
  return [...base, ...stage.instructions.flatMap((instruction) => referencesOf(instruction, instruction))];
}

function referencesOf(instruction: Instruction, outer: Instruction): StageReference[] {
  switch (instruction.kind) {
    case 'COPY':
      return instruction.from === undefined ? [] : [{ kind: 'copy', token: instruction.from, instruction: outer }];
    case 'RUN':
      return instruction.mounts.flatMap(({ fields }) =>
        fields.flatMap(({ key, value }): StageReference[] =>
          key.text.toLowerCase() === 'from' && value ? [{ kind: 'mount', token: value, instruction: outer }] : [],
        ),
      );
    case 'ONBUILD':
      return instruction.trigger === undefined ? [] : referencesOf(instruction.trigger, outer);
    default:
      return [];
  }
}

/** Stages that a reference means, names as they are written: variables in FROM are not expanded. */
export function referredStage(stages: readonly Stage[], stage: Stage, reference: StageReference): Stage | undefined {
  const { kind, token } = reference;
  if (kind === 'base') return baseStage(stages, stage, token.text);
  if (kind === 'mount') return namedStage(stages, token.text);
  const found = sourceStage(stages, token.text);
  return found === 'out-of-range' ? undefined : found;
}

/** The stages that a stage needs, itself last, each after those that it needs; a circle is cut where it closes. */
export function buildOrder(stages: readonly Stage[], target: Stage): Stage[] {
  const order: Stage[] = [];
  const seen = new Set<Stage>();
  const visit = (stage: Stage): void => {
    if (seen.has(stage)) return;
    seen.add(stage);
    for (const reference of stageReferences(stage)) {
      const needed = referredStage(stages, stage, reference);
      if (needed) visit(needed);
    }
    order.push(stage);
  };
  visit(target);
  return order;
}
