import type { ImageId } from '../../core/image/digest.ts';
import type { SourceRange } from '../../core/plan/source-range.ts';
import { EngineError, type ErrorKind } from '../errors.ts';

/** A build that failed, with where in the Dockerfile, and the exit code of the command that failed. */
export class BuildError extends EngineError {
  readonly range: SourceRange | undefined;
  readonly exitCode: number | undefined;
  /** The last lines that its command wrote. */
  readonly output: readonly string[];
  /** A nameless image of what there was before the instruction, where it was asked for. */
  readonly stateBefore: ImageId | undefined;

  constructor(
    kind: ErrorKind,
    details: {
      readonly code: string;
      readonly message: string;
      readonly range?: SourceRange | undefined;
      readonly exitCode?: number | undefined;
      readonly output?: readonly string[] | undefined;
      readonly stateBefore?: ImageId | undefined;
      readonly subject?: string | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(kind, details);
    this.range = details.range;
    this.exitCode = details.exitCode;
    this.output = details.output ?? [];
    this.stateBefore = details.stateBefore;
  }
}

/** The line of a range as people count, from 1. */
export function lineOf(range: SourceRange): number {
  return range.start.line + 1;
}
