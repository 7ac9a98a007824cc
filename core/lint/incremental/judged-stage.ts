import type { FileContext } from '../file-context.ts';
import type { StageFacts } from '../file-facts.ts';
import type { Finding } from '../finding.ts';
import { RULES } from '../rules.ts';
import type { RunScript } from '../run-scripts.ts';
import type { Suppression } from '../suppression.ts';
import { check, partOf } from './check.ts';
import { movedFinding } from './moved-finding.ts';
import { sameList } from './same.ts';
import type { Unit } from './unit.ts';

const OF_STAGE = RULES.filter(({ scope }) => scope === 'stage');

/** One stage, or what stands above the first FROM, judged by the rules that look at nothing else. */
export interface JudgedStage {
  /** Its instructions, the FROM first. */
  readonly units: readonly Unit[];
  readonly findings: readonly Finding[];
}

/** What is known when the stages are judged. */
export interface StageInputs {
  /** Of this version. */
  readonly units: readonly Unit[];
  /** Those of the last version that were written the same, by the index of the instruction. */
  readonly known: readonly (Unit | undefined)[];
  /** Of the last version. */
  readonly stages: readonly JudgedStage[];
}

/** Judges the stages for which something changed; what was found in the others stays, on its new lines. */
export function judgeStages(context: FileContext, suppression: Suppression, inputs: StageInputs): JudgedStage[] {
  const { units, known } = inputs;
  const byFirst = new Map(inputs.stages.map((stage) => [stage.units[0], stage]));
  const starts = units.flatMap(({ instruction: { kind } }, index) => (kind === 'FROM' || index === 0 ? [index] : []));
  const judged: JudgedStage[] = [];
  let script = 0;
  let facts = 0;
  for (const [number, start] of starts.entries()) {
    const end = starts[number + 1] ?? units.length;
    const own = units.slice(start, end);
    const scripts: RunScript[] = [];
    const isStage = own[0]?.instruction.kind === 'FROM';
    const stage = isStage ? context.facts.stages[facts++] : undefined;
    const index = stage?.stage.index ?? -1;
    for (let each = context.scripts[script]; each?.stage === index; each = context.scripts[++script])
      scripts.push(each);
    const before = byFirst.get(known[start]);
    const by = before && movedBy(before, own, known, start);
    const findings =
      before === undefined || by === undefined
        ? judge(context, suppression, own, stage, scripts)
        : by === 0
          ? before.findings
          : before.findings.map((finding) => movedFinding(finding, by));
    judged.push({ units: own, findings });
  }
  return judged;
}

function judge(
  context: FileContext,
  suppression: Suppression,
  units: readonly Unit[],
  stage: StageFacts | undefined,
  scripts: readonly RunScript[],
): Finding[] {
  const instructions = units.map(({ instruction }) => instruction);
  return [...check(OF_STAGE, partOf(context, instructions, stage, scripts), suppression)];
}

/** By how many lines a stage has moved; undefined where it is not the same. */
function movedBy(
  { units: before }: JudgedStage,
  now: readonly Unit[],
  known: readonly (Unit | undefined)[],
  start: number,
): number | undefined {
  if (before.length !== now.length) return undefined;
  const lineOf = ({ instruction }: Unit): number => instruction.node.startLine;
  const by = lineOf(now[0]!) - lineOf(before[0]!);
  const isSame = now.every((unit, index) => {
    const old = before[index]!;
    if (old === unit) return by === 0;
    return (
      known[start + index] === old &&
      lineOf(unit) - lineOf(old) === by &&
      sameList(unit.shell, old.shell) &&
      sameList(unit.offInStage, old.offInStage)
    );
  });
  return isSame ? by : undefined;
}
