import * as vscode from 'vscode';
import { readJsonLines } from '../engines/json-lines.ts';
import { apiMessage, statusCode } from '../errors.ts';
import { instructionsOf } from './instructions.ts';
import { type BuildOutput, fileName } from './output.ts';
import { type BuildFailure, BuildProgress } from './progress.ts';
import { type BuildRequest, type ConnectedEngine, requestBuild } from './request-build.ts';

/** Has an engine build and follows its answer. Gives the failure; undefined for success. */
export async function runBuild(
  engine: ConnectedEngine,
  request: BuildRequest,
  output: BuildOutput,
  progress: vscode.Progress<{ message?: string; increment?: number }>,
  signal: AbortSignal,
): Promise<BuildFailure | undefined> {
  const dockerfile = vscode.Uri.file(request.dockerfile);
  const text = Buffer.from(await vscode.workspace.fs.readFile(dockerfile)).toString('utf8');
  let done = 0;
  const build = new BuildProgress(
    instructionsOf(text),
    (line, at) => output.print(line, dockerfile, at),
    (step) => {
      const increment = ((step.number - done) / step.of) * 100;
      done = step.number;
      progress.report({ message: `${step.number}/${step.of} ${step.text}`, increment: Math.max(0, increment) });
    },
  );
  progress.report({ message: vscode.l10n.t('Reading {0}', fileName(vscode.Uri.file(request.context))) });
  try {
    using answer = await requestBuild(engine, request, signal);
    await readJsonLines(answer.records, (value) => build.take(value), signal);
  } catch (error) {
    // An answer without a stream: the Dockerfile itself was refused.
    const status = statusCode(error);
    if (status === undefined || signal.aborted) throw error;
    build.fail(apiMessage(error));
  }
  build.end();
  return build.failure;
}
