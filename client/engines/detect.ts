import { stat } from 'node:fs/promises';
import { targetUrl } from './target.ts';

/** An engine that may be selected. */
export interface Candidate {
  readonly label: string;
  /** Value for `lapstrake.engine.host`. */
  readonly host: string;
}

/** Looks for the sockets of other engines: where Docker and Podman put them, and what `DOCKER_HOST` names. */
export async function detectEngines(env: NodeJS.ProcessEnv, uid: number, home: string): Promise<Candidate[]> {
  const runtime = env.XDG_RUNTIME_DIR || `/run/user/${uid}`;
  const sockets: readonly (readonly [string, string])[] = [
    ['Docker', '/var/run/docker.sock'],
    ['Docker (rootless)', `${runtime}/docker.sock`],
    ['Docker Desktop', `${home}/.docker/desktop/docker.sock`],
    ['Docker Desktop', `${home}/.docker/run/docker.sock`],
    ['Podman', '/run/podman/podman.sock'],
    ['Podman (rootless)', `${runtime}/podman/podman.sock`],
  ];
  const found = await Promise.all(
    sockets.map(async ([label, socket]) =>
      (await isSocket(socket)) ? { label, host: targetUrl({ kind: 'socket', socket }) } : undefined,
    ),
  );
  const named = env.DOCKER_HOST ? [{ label: 'DOCKER_HOST', host: env.DOCKER_HOST }] : [];
  const seen = new Set<string>();
  return [...named, ...found.filter((candidate) => candidate !== undefined)].filter(
    ({ host }) => !seen.has(host) && seen.add(host),
  );
}

function isSocket(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isSocket(),
    () => false,
  );
}
