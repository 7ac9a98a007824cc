import { stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type Docker from 'dockerode';
import type { LocalBuildRequest } from '../../protocol/local-build.ts';
import type { AuthConfig } from '../../protocol/registry/auth-config.ts';
import { type EngineIdentity, speaksLapstrake } from '../engines/identity.ts';
import { apiMessage, statusCode } from '../errors.ts';
import { packContext } from './context.ts';

/** What is to be built. */
export interface BuildRequest {
  /** Absolute. */
  readonly dockerfile: string;
  /** Folder of the build context, absolute. */
  readonly context: string;
  readonly tag: string;
  readonly stage?: string;
  /** The user's accounts at registries, for what FROM and COPY --from name. */
  readonly accounts?: Readonly<Record<string, AuthConfig>>;
}

/** An engine that is connected. */
export interface ConnectedEngine {
  readonly docker: Docker;
  readonly identity: EngineIdentity;
}

/** The stream of a build's records (`POST /build` of the Docker Engine API); the disposal ends what is still sent. */
export interface BuildAnswer extends Disposable {
  readonly records: NodeJS.ReadableStream;
}

/**
 * Has an engine build. Our own reads the context where it lies, if it sees the same folder; any other is sent what
 * `.dockerignore` leaves of it. Rejects with the engine's answer where that is no stream; with an AbortError.
 */
export async function requestBuild(
  { docker, identity }: ConnectedEngine,
  request: BuildRequest,
  signal: AbortSignal,
): Promise<BuildAnswer> {
  // Over a network nobody sees our folders.
  const isNear = speaksLapstrake(identity) && 'socketPath' in docker.modem && docker.modem.socketPath !== undefined;
  const records = isNear ? await buildInPlace(docker, request, signal) : undefined;
  if (records !== undefined) return { records, [Symbol.dispose]: () => undefined };
  const dockerfile = relative(request.context, request.dockerfile);
  if (dockerfile.split(sep)[0] === '..')
    throw new Error(
      `${request.dockerfile} lies outside of its build context ${request.context} (lapstrake.build.contexts), and this engine is sent the context alone`,
    );
  const context = packContext(request.context, dockerfile, signal);
  const end = (): void => void context.destroy();
  try {
    const options = { ...optionsOf(request), dockerfile, abortSignal: signal, ...accountsOf(request) };
    return { records: await docker.buildImage(context, options), [Symbol.dispose]: end };
  } catch (error) {
    end();
    throw error;
  }
}

/** `POST /lapstrake/build`; undefined where the engine sees another folder. */
async function buildInPlace(
  docker: Docker,
  request: BuildRequest,
  signal: AbortSignal,
): Promise<NodeJS.ReadableStream | undefined> {
  const folder = request.context;
  const { dev, ino } = await stat(folder, { bigint: true });
  const body: LocalBuildRequest = {
    context: { folder, identity: { device: `${dev}`, inode: `${ino}` }, dockerfile: request.dockerfile },
    classic: true,
  };
  try {
    return await new Promise((resolve, reject) => {
      docker.modem.dial(
        {
          path: '/lapstrake/build?',
          method: 'POST',
          isStream: true,
          statusCodes: { 200: true },
          abortSignal: signal,
          options: { _query: optionsOf(request), _body: body },
          ...accountsOf(request),
        },
        (error: unknown, answer: unknown) =>
          error === null || error === undefined ? resolve(answer as NodeJS.ReadableStream) : reject(error),
      );
    });
  } catch (error) {
    if (statusCode(error) === 409 && apiMessage(error).includes('does not see the same folder')) return undefined;
    throw error;
  }
}

function optionsOf({ tag, stage }: BuildRequest) {
  return {
    t: tag,
    rm: true,
    forcerm: true,
    // Of our engine: what there was before a RUN that fails is kept. Others pass over it.
    ...{ keepfailed: true },
    ...(stage !== undefined && { target: stage }),
  };
}

function accountsOf({ accounts }: BuildRequest) {
  return accounts === undefined ? {} : { registryconfig: { ...accounts } };
}
