import { dirname, relative } from 'node:path';
import type Docker from 'dockerode';
import * as vscode from 'vscode';
import type { AuthConfig } from '../../protocol/registry/auth-config.ts';
import { readJsonLines } from '../engines/json-lines.ts';
import { apiMessage, statusCode } from '../errors.ts';
import { packContext } from './context.ts';
import { instructionsOf } from './instructions.ts';
import { type BuildOutput, fileName } from './output.ts';
import { type BuildFailure, BuildProgress } from './progress.ts';

/** What is to be built. */
export interface BuildRequest {
  readonly dockerfile: vscode.Uri;
  readonly tag: string;
  readonly stage?: string;
  /** The user's accounts at registries, for what FROM and COPY --from name. */
  readonly accounts?: Readonly<Record<string, AuthConfig>>;
}

/** Sends the context and the Dockerfile (`POST /build`) and follows the answer. Gives the failure; undefined for success. */
export async function runBuild(
  docker: Docker,
  request: BuildRequest,
  output: BuildOutput,
  progress: vscode.Progress<{ message?: string; increment?: number }>,
  signal: AbortSignal,
): Promise<BuildFailure | undefined> {
  const file = request.dockerfile.fsPath;
  const root = dirname(file);
  const text = Buffer.from(await vscode.workspace.fs.readFile(request.dockerfile)).toString('utf8');
  let done = 0;
  const build = new BuildProgress(
    instructionsOf(text),
    (line, at) => output.print(line, request.dockerfile, at),
    (step) => {
      const increment = ((step.number - done) / step.of) * 100;
      done = step.number;
      progress.report({ message: `${step.number}/${step.of} ${step.text}`, increment: Math.max(0, increment) });
    },
  );
  progress.report({ message: vscode.l10n.t('Reading {0}', fileName(vscode.Uri.joinPath(request.dockerfile, '..'))) });
  const context = packContext(root, relative(root, file), signal);
  try {
    const answer = await docker.buildImage(context, {
      t: request.tag,
      dockerfile: relative(root, file),
      rm: true,
      forcerm: true,
      abortSignal: signal,
      // Of our engine: what there was before a RUN that fails is kept. Others pass over it.
      ...{ keepfailed: true },
      ...(request.stage === undefined ? {} : { target: request.stage }),
      ...(request.accounts === undefined ? {} : { registryconfig: { ...request.accounts } }),
    });
    await readJsonLines(answer, (value) => build.take(value), signal);
  } catch (error) {
    // An answer without a stream: the Dockerfile itself was refused.
    const status = statusCode(error);
    if (status === undefined || signal.aborted) throw error;
    build.fail(apiMessage(error));
  } finally {
    context.destroy();
  }
  build.end();
  return build.failure;
}
