import type { Instruction } from '../../dockerfile/instructions.ts';
import type { Stage } from '../../dockerfile/stages.ts';
import type { StageFacts } from '../file-facts.ts';
import type { Finding } from '../finding.ts';
import type { RunScript } from '../run-scripts.ts';

import type { Suppression } from '../suppression.ts';
import { byPlace } from './check.ts';
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

/** A part, with what it takes to judge it. */
export interface ReadPart extends Part {
  /** Absent above the first FROM. */
  readonly facts: StageFacts | undefined;
  readonly scripts: readonly RunScript[];
  /** Whether its layers come into an image. */
  readonly isShipped: boolean;
}

/** A part, judged by the rules that look at nothing else. */
export interface JudgedPart extends ReadPart {
  readonly units: readonly Unit[];
  /** Whether ShellCheck was asked about any of its scripts. */
  readonly isChecked: boolean;
  readonly ofStage: readonly Finding[];
  /** All of it, in the order of the text. */
  readonly findings: readonly Finding[];
}

/** Judges the parts of one version. */
export class PartJudge {
  constructor(
    private readonly suppression: Suppression,
    private readonly fresh: FreshFindings,
    private readonly checked: CheckedUnits,
  ) {}

  /** `known`: what was written the same in the last version, by index; `before`: the part there that began with the same. */
  judge(part: ReadPart, known: readonly (Unit | undefined)[], before: JudgedPart | undefined): JudgedPart {
    const { facts, scripts, instructions } = part;
    if (before !== undefined && this.holds(before, part)) return before;
    const steps = facts?.steps ?? [];
    const own = steps.findIndex((step) => !step.triggered);
    const triggered = own === -1 ? steps : steps.slice(0, own);
    let next = 0;
    const units = instructions.map((instruction, index) => {
      const script = scripts[next]?.outer === instruction ? scripts[next++] : undefined;
      const step = steps[triggered.length + index - 1];
      const ofIt = facts === undefined ? [] : instruction.kind === 'FROM' ? triggered : step ? [step] : [];
      return this.unit({ instruction, facts, steps: ofIt, script }, part.isShipped, known[index]);
    });
    const by = before && movedBy(before, units, known);
    const ofStage =
      before === undefined || by === undefined
        ? this.fresh.ofPart(instructions, facts, scripts)
        : by === 0
          ? before.ofStage
          : before.ofStage.map((finding) => movedFinding(finding, by));
    const findings = [...ofStage];
    for (const unit of units) {
      findings.push(...unit.findings);
      if (unit.shellCheck) findings.push(...unit.shellCheck.findings);
    }
    const isChecked = units.some(({ shellCheck }) => shellCheck !== undefined);
    return { ...part, units, isChecked, ofStage, findings: findings.sort(byPlace) };
  }

  /** Whether nothing changed of all that a part was judged by. */
  private holds(before: JudgedPart, { facts, scripts, isShipped }: ReadPart): boolean {
    if (facts === undefined || before.facts !== facts || before.scripts !== scripts) return false;
    if (before.isShipped !== isShipped) return false;
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
    return shellCheck === undefined ? { ...inputs, findings } : { ...inputs, findings, shellCheck };
  }
}

const NO_WORDS: readonly string[] = [];

/** By how many lines a part has moved; undefined where it is not the same. */
function movedBy(
  { units: before }: JudgedPart,
  now: readonly Unit[],
  known: readonly (Unit | undefined)[],
): number | undefined {
  if (before.length !== now.length || now.length === 0) return undefined;
  const lineOf = ({ instruction }: Unit): number => instruction.node.startLine;
  const by = lineOf(now[0]!) - lineOf(before[0]!);
  const isSame = now.every((unit, index) => {
    const old = before[index]!;
    if (old === unit) return by === 0;
    return (
      known[index] === old &&
      lineOf(unit) - lineOf(old) === by &&
      sameList(unit.shell, old.shell) &&
      sameList(unit.offInStage, old.offInStage)
    );
  });
  return isSame ? by : undefined;
}
