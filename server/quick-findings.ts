import type { InstructionNode, Range } from '../core/dockerfile/ast.ts';
import type { Instruction } from '../core/dockerfile/instructions.ts';
import { stagesOf } from '../core/dockerfile/stages.ts';
import { type Finding, lintDockerfile, RULES } from '../core/lint/lint.ts';
import type { Reading } from './reading.ts';

/** Milliseconds that judging a whole document may take on every key. */
const ENOUGH = 5;
/** Instructions that change at once, above which all are judged. */
const MOST_CHANGED = 20;

const WHOLE_FILE: ReadonlySet<string> = new Set(RULES.filter(({ wholeFile }) => wholeFile).map(({ code }) => code));

/**
 * What rules find in a document while somebody types. Where judging the whole takes long, only the instructions that
 * changed are judged, with what they depend on: what was found in the others stays, on their new lines. What hangs on the
 * whole file follows when the typing pauses and everything is judged again.
 */
export class QuickFindings {
  private judged: Reading | undefined;
  private cost = 0;

  /** Judges the whole document. */
  full(reading: Reading): readonly Finding[] {
    const started = performance.now();
    const findings = reading.findings();
    const took = performance.now() - started;
    // A reading that was judged before answers at once.
    if (this.judged !== reading) this.cost = took;
    this.judged = reading;
    return findings;
  }

  /** Judges what changed since the whole was. */
  quick(reading: Reading): readonly Finding[] {
    const { judged } = this;
    if (judged === undefined || this.cost <= ENOUGH) return this.full(reading);
    const kept = new Map<InstructionNode, InstructionNode>();
    const changed = changedInstructions(judged, reading, kept);
    if (changed.length > MOST_CHANGED) return this.full(reading);
    const retained = judged.findings().flatMap((finding) => moved(finding, judged, kept));
    const fresh = changed.flatMap((instruction) => judgeOne(reading, instruction));
    return [...retained, ...fresh].sort(
      (a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character,
    );
  }
}

/** Instructions that were not there before; fills in which old one each other is. */
function changedInstructions(
  before: Reading,
  now: Reading,
  kept: Map<InstructionNode, InstructionNode>,
): readonly Instruction[] {
  const by = now.lineCount - before.lineCount;
  const old = new Map(before.dockerfile.instructions.map(({ node }) => [node.startLine, node]));
  return now.dockerfile.instructions.filter(({ node }) => {
    const same = [old.get(node.startLine), old.get(node.startLine - by)].find((each) => each && isSame(each, node));
    if (same !== undefined) kept.set(same, node);
    return same === undefined;
  });
}

function isSame(a: InstructionNode, b: InstructionNode): boolean {
  if (a === b) return true;
  return (
    a.original === b.original &&
    a.endLine - a.startLine === b.endLine - b.startLine &&
    a.heredocs.length === b.heredocs.length &&
    a.heredocs.every(({ content }, index) => content === b.heredocs[index]?.content)
  );
}

/** A finding where its instruction stands now; none where that changed. */
function moved(finding: Finding, judged: Reading, kept: ReadonlyMap<InstructionNode, InstructionNode>): Finding[] {
  const node = judged.instructionAt(finding.lines.start)?.node;
  const now = node && kept.get(node);
  if (node === undefined || now === undefined) return [];
  const by = now.startLine - node.startLine;
  if (by === 0) return [finding];
  const lines = { start: finding.lines.start + by, end: finding.lines.end + by };
  return [{ ...finding, range: shifted(finding.range, by), lines, fixes: [] }];
}

function shifted({ start, end }: Range, by: number): Range {
  return { start: { ...start, line: start.line + by }, end: { ...end, line: end.line + by } };
}

/** What makes variables, directories and users of later instructions what they are. */
const SETS_SCENE = new Set<Instruction['kind']>(['ENV', 'ARG', 'WORKDIR', 'SHELL', 'USER']);

/** Judges an instruction in its stage, of which only what sets the scene is looked at. */
function judgeOne(reading: Reading, instruction: Instruction): Finding[] {
  const { dockerfile, text } = reading;
  const line = instruction.node.startLine;
  const stage = dockerfile.stages.findLast(({ range }) => range.start.line <= line);
  const own = stage === undefined ? [] : [stage.from, ...stage.instructions];
  const scene = own.filter((each) => each === instruction || each.kind === 'FROM' || SETS_SCENE.has(each.kind));
  const instructions = [...dockerfile.globalArgs.filter((each) => !own.includes(each)), ...scene];
  if (!instructions.includes(instruction)) instructions.push(instruction);
  const part = {
    syntax: { ...dockerfile.syntax, instructions: instructions.map(({ node }) => node) },
    instructions,
    ...stagesOf(instructions),
  };
  return lintDockerfile(part, text, reading.lintOptions).filter(
    ({ lines, code }) => lines.start === line && !WHOLE_FILE.has(code),
  );
}
