import type { Instruction } from '../../dockerfile/instructions.ts';
import type { Finding } from '../finding.ts';
import type { Step } from '../stage-steps.ts';
import { movedFinding } from './moved-finding.ts';
import { sameList, sameStep, sameWriting } from './same.ts';

/** What the findings in one instruction hang on beside what holds for the whole file. */
export interface UnitInputs {
  readonly instruction: Instruction;
  /** Absent above the first FROM, and of FROM. */
  readonly step: Step | undefined;
  /** The words of the shell that reads it; none where nothing does. */
  readonly shell: readonly string[];
  /** Whether layers of its stage come into an image. */
  readonly isShipped: boolean;
  /** Codes that a comment above its stage turns off. */
  readonly offInStage: readonly string[];
}

/** One instruction, judged. */
export interface Unit extends UnitInputs {
  /** Where the instruction stood when its findings were told. */
  readonly line: number;
  readonly findings: readonly Finding[];
  /** What ShellCheck says of its scripts, and the heads that they had; absent where it was not asked about all of them. */
  readonly shellCheck?: { readonly heads: string; readonly findings: readonly Finding[] };
}

/** What of an earlier version is known again. */
export interface Matches {
  /** For each instruction the unit that was written the same. */
  readonly matches: readonly (Unit | undefined)[];
  /** How many are the same from the start on. */
  readonly start: number;
  /** How many of the rest are from the end. */
  readonly end: number;
}

/** Finds for each instruction the unit of an earlier version that was written the same. */
export function matchUnits(before: readonly Unit[], now: readonly Instruction[]): Matches {
  const matches = new Array<Unit | undefined>(now.length);
  let start = 0;
  while (start < before.length && start < now.length && isSame(before[start]!, now[start]!)) {
    matches[start] = before[start];
    start++;
  }
  let end = 0;
  const most = Math.min(before.length, now.length) - start;
  while (end < most && isSame(before[before.length - 1 - end]!, now[now.length - 1 - end]!)) {
    matches[now.length - 1 - end] = before[before.length - 1 - end];
    end++;
  }
  const rest = [...before.slice(start, before.length - end)];
  for (let index = start; index < now.length - end && rest.length > 0; index++) {
    const found = rest.findIndex((unit) => isSame(unit, now[index]!));
    if (found !== -1) matches[index] = rest.splice(found, 1)[0];
  }
  return { matches, start, end };
}

function isSame(unit: Unit, instruction: Instruction): boolean {
  return unit.instruction === instruction || sameWriting(unit.instruction.node, instruction.node);
}

/** Whether what was found in an instruction still holds. */
export function isStillTrue(unit: Unit, { step, shell, isShipped, offInStage }: UnitInputs): boolean {
  return (
    unit.isShipped === isShipped &&
    sameStep(unit.step, step) &&
    sameList(unit.shell, shell) &&
    sameList(unit.offInStage, offInStage)
  );
}

/** Findings of an instruction where it stands now. */
export function placed(findings: readonly Finding[], { line }: Unit, now: Instruction): readonly Finding[] {
  const by = now.node.startLine - line;
  return by === 0 ? findings : findings.map((finding) => movedFinding(finding, by));
}
