import type { Range } from '../core/dockerfile/ast.ts';
import type { PlanProblem } from '../core/plan/plan.ts';
import type { Reading } from './reading.ts';

interface Retained {
  readonly problem: PlanProblem;
  /** The instruction that it is about, as it was written. */
  readonly original: string;
}

/**
 * What the build context made wrong with a document's last version that was planned. While somebody types, nothing is
 * planned: what is told of instructions that are still there, on their line or as far from the end, stays.
 */
export class RetainedProblems {
  private retained: readonly Retained[] = [];
  private lineCount = 0;

  /** Takes what the newest plan says. */
  keep(reading: Reading, problems: readonly PlanProblem[]): void {
    this.lineCount = reading.lineCount;
    this.retained = problems.map((problem) => ({
      problem,
      original: reading.instructionAt(problem.range.start.line)?.node.original ?? '',
    }));
  }

  /** What of it still holds for a later version. */
  in(reading: Reading): PlanProblem[] {
    if (this.retained.length === 0) return [];
    const moved = reading.lineCount - this.lineCount;
    return this.retained.flatMap(({ problem, original }) => {
      const { line } = problem.range.start;
      const by = [0, moved].find((each) => reading.instructionAt(line + each)?.node.original === original);
      return by === undefined || original === '' ? [] : [{ ...problem, range: shifted(problem.range, by) }];
    });
  }
}

function shifted({ start, end }: Range, by: number): Range {
  return {
    start: { line: start.line + by, character: start.character },
    end: { line: end.line + by, character: end.character },
  };
}
