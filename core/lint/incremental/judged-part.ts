import type { Instruction } from '../../dockerfile/instructions.ts';
import type { Stage } from '../../dockerfile/stages.ts';
import type { StageFacts } from '../file-facts.ts';
import type { Finding } from '../finding.ts';
import type { RunScript } from '../run-scripts.ts';

import type { Suppression } from '../suppression.ts';
import type { CheckedUnits } from './checked-units.ts';
import type { FreshFindings, Place } from './fresh-findings.ts';
import { movedFinding } from './moved-finding.ts';
import { sameList } from './same.ts';
import { isStillTrue, placed, type Unit, type UnitInputs } from './unit.ts';

/** What stands above the first FROM, or one stage: what is judged by itself. */
export interface Part {
  /** Absent above the first FROM. */
  readonly stage?: Stage;
  /** The FROM first. */
  readonly instructions: readonly Instruction[];
}

/** What a part is judged by beside its instructions. */
export interface PartGround {
  /** Absent above the first FROM. */
  readonly facts: StageFacts | undefined;
  readonly scripts: readonly RunScript[];
  /** Whether its layers come into an image. */
  readonly isShipped: boolean;
}

/** A part, judged by the rules that look at nothing else. */
export interface JudgedPart extends Part, PartGround {
  readonly units: readonly Unit[];
  /** Whether ShellCheck was asked about any of its scripts. */
  readonly isChecked: boolean;
  /** Whether anything of it is about another part: triggers of the stage below, which moves by itself. */
  readonly isOfOthers: boolean;
  /** Where its first instruction stood when its findings were told; 0 without one. */
  readonly line: number;
  /** How far below that each instruction stood. */
  readonly offsets: readonly number[];
  readonly ofStage: readonly Finding[];
  /** All of it. */
  readonly findings: readonly Finding[];
}

/** Where a part begins now; 0 without an instruction. */
export function startOf({ instructions }: Part): number {
  return instructions[0]?.node.startLine ?? 0;
}

/** Judges the parts of one version. */
export class PartJudge {
  constructor(
    private readonly suppression: Suppression,
    private readonly fresh: FreshFindings,
    private readonly checked: CheckedUnits,
  ) {}

  /** `known`: what was written the same in the last version, by index; `before`: the part there that began with the same. */
  judge(
    part: Part,
    ground: PartGround,
    known: readonly (Unit | undefined)[],
    before: JudgedPart | undefined,
  ): JudgedPart {
    const { facts, scripts, isShipped } = ground;
    const { instructions } = part;
    const steps = facts?.steps ?? [];
    const own = steps.findIndex((step) => !step.triggered);
    const triggered = own === -1 ? steps : steps.slice(0, own);
    let next = 0;
    const units = instructions.map((instruction, index) => {
      const script = scripts[next]?.outer === instruction ? scripts[next++] : undefined;
      const step = steps[triggered.length + index - 1];
      const ofIt = facts === undefined ? [] : instruction.kind === 'FROM' ? triggered : step ? [step] : [];
      return this.unit({ instruction, facts, steps: ofIt, script }, isShipped, known[index]);
    });
    const line = startOf(part);
    const offsets = instructions.map(({ node }) => node.startLine - line);
    const by = before && isMoved(before, units, known, offsets) ? line - before.line : undefined;
    const ofStage =
      before === undefined || by === undefined
        ? this.fresh.ofPart(instructions, facts, scripts)
        : by === 0
          ? before.ofStage
          : before.ofStage.map((finding) => movedFinding(finding, by));
    const findings = [...ofStage];
    for (const unit of units) {
      if (unit.findings.length > 0) findings.push(...placed(unit.findings, unit, unit.instruction));
      if (unit.shellCheck) findings.push(...placed(unit.shellCheck.findings, unit, unit.instruction));
    }
    return {
      ...(part.stage && { stage: part.stage }),
      instructions,
      facts,
      scripts,
      isShipped,
      units,
      isChecked: units.some(({ shellCheck }) => shellCheck !== undefined),
      isOfOthers: triggered.length > 0,
      line,
      offsets,
      ofStage,
      findings,
    };
  }

  /** Whether nothing changed of all that a part was judged by: then it is what it was. Where its facts are the same its stage is, line by line. */
  holds(before: JudgedPart, { facts, scripts, isShipped }: PartGround): boolean {
    if (facts === undefined || before.facts !== facts || before.scripts !== scripts) return false;
    if (before.isShipped !== isShipped || before.isOfOthers) return false;
    return (!before.isChecked && this.checked.isEmpty) || before.units.every((unit) => this.checked.isSame(unit));
  }

  private unit(place: Place, isShipped: boolean, known: Unit | undefined): Unit {
    const { instruction, script } = place;
    const isFrom = instruction.kind === 'FROM';
    const step = isFrom ? undefined : place.steps[0];
    const shell = script?.shell ?? NO_WORDS;
    const offInStage = this.suppression.offInStage(instruction.node);
    const inputs: UnitInputs = { instruction, step, shell, isShipped, offInStage };
    // A FROM that fires triggers has findings of theirs.
    const firesNone = !isFrom || place.steps.length === 0;
    const holds = known !== undefined && firesNone && isStillTrue(known, inputs);
    if (holds && known.instruction === instruction && this.checked.isSame(known))
      return known.step === step ? known : { ...known, step };
    const findings = holds ? placed(known.findings, known, instruction) : this.fresh.ofInstruction(place);
    const shellCheck = this.checked.of(instruction, holds ? known : undefined);
    const { startLine: line } = instruction.node;
    const unit = { instruction, step, shell, isShipped, offInStage, line, findings };
    return shellCheck === undefined ? unit : { ...unit, shellCheck };
  }
}

const NO_WORDS: readonly string[] = [];

/** Whether all of a part is the same, line by line, wherever it stands now. */
function isMoved(
  before: JudgedPart,
  now: readonly Unit[],
  known: readonly (Unit | undefined)[],
  offsets: readonly number[],
): boolean {
  return (
    now.length > 0 &&
    sameList(before.offsets, offsets) &&
    now.every((unit, index) => {
      const old = before.units[index];
      if (old === unit) return true;
      return (
        old !== undefined &&
        known[index] === old &&
        sameList(unit.shell, old.shell) &&
        sameList(unit.offInStage, old.offInStage)
      );
    })
  );
}
