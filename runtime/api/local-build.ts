import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { adviceFor } from '../../core/plan/advice.ts';
import type { BuildEvent, BuildFailure, BuildLine } from '../../protocol/build-event.ts';
import { LocalBuildRequest, MOST_SECRET_BYTES } from '../../protocol/local-build.ts';
import { BuildError, lineOf } from '../build/build-error.ts';
import type { BuildRequest } from '../build/builder.ts';
import { Cleanup } from '../build/cleanup.ts';
import { conflict, EngineError, invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { parseRegistryConfig } from '../registry/credentials.ts';
import type { BuildBackend } from './build.ts';
import { buildWishes } from './build-wishes.ts';
import { answerClassic } from './classic-answer.ts';
import type { Exchange } from './exchange.ts';
import { header } from './header.ts';
import { LineStream } from './line-stream.ts';

/**
 * `POST /lapstrake/build`: builds a folder of this machine where it lies, without an archive on the way, and tells of
 * each step as it happens; with `call=check` only what BuildKit's checks find is told. Who may use the socket may have any path shown in a container anyway.
 */
export async function localBuild(x: Exchange, { builder }: BuildBackend): Promise<void> {
  const { query, signal } = x;
  const asked = await x.json(LocalBuildRequest);
  const ofQuery = buildWishes(query);
  const wishes = {
    ...ofQuery,
    accounts: parseRegistryConfig(header(x, 'x-registry-config')),
    secrets: secretsOf(asked),
    sshAgents: new Map(Object.entries(asked.sshAgents ?? {})),
    namedContexts: new Map(Object.entries(asked.namedContexts ?? {})),
    cacheFrom: asked.cacheFrom,
    cacheTo: [...(ofQuery.cacheTo ?? []), ...(asked.cacheTo ?? [])],
  };
  for (const named of wishes.namedContexts.values()) {
    if ('folder' in named) checkAbsolute(named.folder);
    else if ('layout' in named) checkAbsolute(named.layout.folder);
  }
  for (const each of [...(asked.cacheFrom ?? []), ...(asked.cacheTo ?? [])])
    if ('folder' in each) checkAbsolute(each.folder);
  const { context } = asked;
  if ('folder' in context) await checkFolder(context);
  await using cleanup = new Cleanup();
  const requestOf = async (): Promise<BuildRequest> => {
    if ('folder' in context)
      return { ...wishes, context: context.folder, contextMayChange: true, dockerfile: context.dockerfile };
    const fetched = await builder.fetchContext(context.remote, wishes, signal);
    cleanup.defer(() => fetched[Symbol.asyncDispose]());
    const dockerfile = fetched.dockerfile ?? context.dockerfile ?? wishes.dockerfile;
    return { ...wishes, context: fetched.path, contextDate: fetched.date, dockerfile };
  };
  if (asked.classic === true) {
    const request = await requestOf();
    await answerClassic(x, (progress) => builder.build(request, progress, signal));
    return;
  }
  const lines = new LineStream(x, '\n');
  // A quiet client prints what was built, or why it was not.
  const isQuiet = query.flag('q');
  const write = (event: BuildEvent): void => {
    if (!isQuiet || event.kind === 'built') lines.write(lineFor(event));
  };
  // From here on a failure is told with its line and what to do, not by a status.
  lines.start();
  await lines.run(
    async () => {
      const request = await requestOf();
      if (query.text('call') === 'check') await builder.check(request, write, signal);
      else await builder.build(request, write, signal);
    },
    (error): BuildLine => ({ failure: failureOf(error) }),
  );
}

function lineFor(event: BuildEvent): object {
  if (event.step === undefined) return { event };
  const { step, ...rest } = event;
  return { step, event: rest };
}

function failureOf(error: unknown): BuildFailure {
  const message = error instanceof Error ? error.message : String(error);
  const advice = error instanceof EngineError ? adviceFor(error.code) : undefined;
  return {
    message,
    code: error instanceof EngineError ? error.code : 'internal',
    ...(error instanceof BuildError && error.range !== undefined && { line: lineOf(error.range) }),
    ...(error instanceof BuildError && error.exitCode !== undefined && { exitCode: error.exitCode }),
    ...(advice !== undefined && { advice }),
    ...(error instanceof BuildError && error.output.length > 0 && { output: [...error.output] }),
    ...(error instanceof BuildError && error.stateBefore !== undefined && { stateBefore: error.stateBefore }),
  };
}

type LocalFolder = Extract<LocalBuildRequest['context'], { readonly folder: string }>;

async function checkFolder({ folder, identity, dockerfile }: LocalFolder): Promise<void> {
  for (const path of [folder, dockerfile]) checkAbsolute(path);
  const seen = await stat(folder, { bigint: true }).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return undefined;
    throw error;
  });
  if (seen?.isDirectory() === true && `${seen.dev}` === identity.device && `${seen.ino}` === identity.inode) return;
  throw conflict({
    code: 'context-elsewhere',
    message: `the engine does not see the same folder at ${folder}: send the context as an archive`,
    subject: folder,
  });
}

function checkAbsolute(path: string): void {
  if (isAbsolute(path)) return;
  throw invalid({ code: 'path-relative', message: `${path} is not an absolute path`, subject: path });
}

function secretsOf({ secrets = {} }: LocalBuildRequest): ReadonlyMap<string, Buffer> {
  return new Map(
    Object.entries(secrets).map(([id, text]) => {
      const value = Buffer.from(text, 'base64');
      if (value.length <= MOST_SECRET_BYTES) return [id, value] as const;
      const message = `invalid secret ${id}: it has ${value.length} bytes, and at most ${MOST_SECRET_BYTES} are allowed`;
      throw invalid({ code: 'secret-too-large', message, subject: id });
    }),
  );
}
