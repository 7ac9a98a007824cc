import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type BuildEvent, type BuildFailure, BuildLine } from '../../protocol/build-event.ts';
import type { LocalBuildRequest } from '../../protocol/local-build.ts';
import { type EngineClient, RefusedRequest, type Request } from './engine-client.ts';
import type { Built, BuiltImage } from './write-outputs.ts';

/** A build that the engine reads from the folder where it lies, or fetches from an address. */
export interface LocalBuild {
  readonly context: { readonly folder: string } | { readonly remote: string };
  readonly dockerfile: string | undefined;
  /** The folder that these paths are relative to. */
  readonly from: string;
  readonly query: NonNullable<Request['query']>;
  readonly namedContexts: NonNullable<LocalBuildRequest['namedContexts']>;
  readonly cacheFrom: NonNullable<LocalBuildRequest['cacheFrom']>;
  readonly cacheTo: NonNullable<LocalBuildRequest['cacheTo']>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly sshAgents: Readonly<Record<string, string>>;
}

/** How a build ended; undefined where the engine cannot see the folder, or is none of ours: it must be sent then. */
export type LocalOutcome = { readonly failure: BuildFailure } | Pick<Built, 'id' | 'images'> | undefined;

/** Has the engine build a folder of this machine (`POST /lapstrake/build`), and tells what happens. */
export async function buildLocally(
  engine: EngineClient,
  build: LocalBuild,
  progress: (event: BuildEvent) => void,
  signal: AbortSignal,
): Promise<LocalOutcome> {
  const json: LocalBuildRequest = {
    context: await contextOf(build),
    namedContexts: build.namedContexts,
    cacheFrom: [...build.cacheFrom],
    ...(build.cacheTo.length > 0 && { cacheTo: [...build.cacheTo] }),
    secrets: { ...build.secrets },
    sshAgents: { ...build.sshAgents },
  };
  const images: BuiltImage[] = [];
  let id = '';
  try {
    for await (const line of engine.lines(BuildLine, 'POST', '/lapstrake/build', {
      query: build.query,
      json,
      signal,
    })) {
      if ('failure' in line) return { failure: line.failure };
      const event: BuildEvent = 'step' in line ? { ...line.event, step: line.step } : line.event;
      if (event.kind === 'built') {
        id = event.id;
        const image = { id, platform: event.platform, isNew: event.isNew === true };
        // The last tells which of several is meant.
        if (images.length === 0 || event.platform !== undefined) images.push(image);
      }
      progress(event);
    }
  } catch (error) {
    if (error instanceof RefusedRequest && isElsewhere(error)) return undefined;
    throw error;
  }
  return { id, images };
}

async function contextOf({ context, dockerfile, from }: LocalBuild): Promise<LocalBuildRequest['context']> {
  if ('remote' in context) return { remote: context.remote, ...(dockerfile !== undefined && { dockerfile }) };
  const folder = resolve(from, context.folder);
  const { dev, ino } = await stat(folder, { bigint: true });
  return {
    folder,
    identity: { device: `${dev}`, inode: `${ino}` },
    dockerfile: dockerfile === undefined ? join(folder, 'Dockerfile') : resolve(from, dockerfile),
  };
}

function isElsewhere({ status, message }: RefusedRequest): boolean {
  return status === 404 || (status === 409 && message.includes('does not see the same folder'));
}
