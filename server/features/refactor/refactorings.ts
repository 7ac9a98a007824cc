import type { Range } from '../../../core/dockerfile/ast.ts';
import type { Reading } from '../../reading.ts';
import { cacheMounts } from './cache-mounts.ts';
import { commandForm } from './command-form.ts';
import { extractArgument } from './extract-argument.ts';
import { mergeRuns } from './merge-runs.ts';
import { makeMultiStage } from './multi-stage.ts';
import { pinDigest } from './pin-digest.ts';
import type { Refactor, Refactoring } from './refactoring.ts';
import { runToHeredoc } from './run-heredoc.ts';

const REFACTORINGS: readonly Refactor[] = [
  extractArgument,
  commandForm,
  mergeRuns,
  runToHeredoc,
  cacheMounts,
  makeMultiStage,
  pinDigest,
];

/** All changes of form that can be made at a selection. */
export function refactorings(reading: Reading, selection: Range): Refactoring[] {
  const instruction = reading.instructionAt(selection.start.line);
  if (instruction === undefined) return [];
  return REFACTORINGS.flatMap((refactor) => refactor({ reading, selection, instruction }));
}
