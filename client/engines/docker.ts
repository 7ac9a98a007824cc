import type Docker from 'dockerode';
import type { EngineTarget } from './target.ts';

/** Makes the Engine API client for a target. dockerode is loaded on the first call only. */
export async function createDocker(target: EngineTarget): Promise<Docker> {
  const { default: Dockerode } = await import('dockerode');
  if (target.kind === 'tcp')
    return new Dockerode({ protocol: target.protocol, host: target.host, port: target.port, headers: USER_AGENT });
  return new Dockerode({ socketPath: target.socket, headers: USER_AGENT });
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
        path,
        method,
        statusCodes: { 200: true, 204: true },
        ...(body === undefined ? {} : { options: { _body: body } }),
        ...(signal === undefined ? {} : { abortSignal: signal }),
      },
      (error: unknown, answer: unknown) => (error === null || error === undefined ? resolve(answer) : reject(error)),
    );
  });
}
