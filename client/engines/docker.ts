import type Docker from 'dockerode';
import { findSocketDistrust } from '../../core/disk/trusted-path.ts';
import { EngineUnavailable } from '../errors.ts';
import type { EngineTarget } from './target.ts';

/**
 * Makes the Engine API client for a target. dockerode is loaded on the first call only. Rejects with EngineUnavailable
 * where another user may be the one who listens on the socket.
 */
export async function createDocker(target: EngineTarget): Promise<Docker> {
  const { default: Dockerode } = await import('dockerode');
  if (target.kind === 'tcp')
    return new Dockerode({ protocol: target.protocol, host: target.host, port: target.port, headers: USER_AGENT });
  await refuseImpostor(target);
  return new Dockerode({ socketPath: target.socket, headers: USER_AGENT });
}

async function refuseImpostor({ kind, socket }: Exclude<EngineTarget, { kind: 'tcp' }>): Promise<void> {
  const uid = process.getuid?.();
  // Root may mean another user's engine, where it names one.
  if (uid === undefined || (uid === 0 && kind === 'socket')) return;
  const distrust = await findSocketDistrust(socket, uid);
  if (distrust === undefined) return;
  throw new EngineUnavailable(
    `Not connecting to unix://${socket} because of ${distrust.path}: ${distrust.why}, so another user could pose as the engine. Remove it, or choose another engine.`,
    kind === 'own' ? 'own' : 'other',
  );
}

const USER_AGENT = { 'User-Agent': 'Lapstrake' };

/** One JSON request to a path that dockerode has no method for (our own endpoints). Gives the parsed body, unchecked. */
export async function request(
  docker: Docker,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
  signal?: AbortSignal,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        path: asDialled(path),
        method,
        statusCodes: { 200: true, 204: true },
        ...(body === undefined ? {} : { options: { _body: body } }),
        ...(signal === undefined ? {} : { abortSignal: signal }),
      },
      (error: unknown, answer: unknown) => (error === null || error === undefined ? resolve(answer) : reject(error)),
    );
  });
}

/** The bytes that an engine answers a GET with, for paths that dockerode has no method for. */
export function requestStream(docker: Docker, path: string, signal: AbortSignal): Promise<NodeJS.ReadableStream> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      { path: asDialled(path), method: 'GET', isStream: true, statusCodes: { 200: true }, abortSignal: signal },
      (error: unknown, answer: unknown) =>
        error === null || error === undefined ? resolve(answer as NodeJS.ReadableStream) : reject(error),
    );
  });
}

/** docker-modem takes the last character of a path with a query for a `?` of its own, and cuts it off. */
function asDialled(path: string): string {
  return path.includes('?') ? `${path}&` : path;
}
