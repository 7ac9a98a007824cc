import { pipeline } from 'node:stream/promises';
import { decompress } from '../archive/compression.ts';
import { announce } from '../containers/announce.ts';
import type { Container } from '../containers/container.ts';
import type { Containers } from '../containers/containers.ts';
import { getArchive, putArchive, statPath } from '../containers/files/container-files.ts';
import { mountRoot } from '../containers/files/mounted-root.ts';
import type { PathStat } from '../containers/files/request.ts';
import { resolveUser } from '../containers/user.ts';
import { invalid, isKind, notFound } from '../errors.ts';
import type { Exchange, Routes } from './exchange.ts';

/** `/containers/{id}/archive` of the Docker Engine API: `docker cp`. */
export function archiveRoutes(containers: Containers): Routes {
  const { floor } = containers;
  const of = (x: Exchange): Container => containers.get(x.params.id ?? '');
  return {
    'HEAD /containers/{id}/archive': async (x) => {
      const container = of(x);
      const path = pathOf(x);
      await using root = await mountRoot(floor, container);
      const stat = await named(x, path, statPath(floor.files, root.view, path, x.signal));
      x.sendEmpty(200, statHeader(stat));
    },
    'GET /containers/{id}/archive': async (x) => {
      const container = of(x);
      const path = pathOf(x);
      await using root = await mountRoot(floor, container);
      const { stat, archive } = await named(x, path, getArchive(floor.files, root.view, path, x.signal));
      announce(floor.events, container, 'archive-path');
      await pipeline(archive, x.startStream('application/x-tar', statHeader(stat)));
    },
    'PUT /containers/{id}/archive': async (x) => {
      const container = of(x);
      const { query } = x;
      const path = pathOf(x);
      const { User: user } = container.record.config;
      await using root = await mountRoot(floor, container);
      const owner = query.flag('copyUIDGID') && user !== '' ? await resolveUser(root.view.root, user, []) : undefined;
      const work = {
        path,
        keepKinds: query.flag('noOverwriteDirNonDir'),
        ...(owner && { owner: { uid: owner.uid, gid: owner.gid } }),
      };
      const archive = await decompress(x.body, x.signal);
      await named(x, path, putArchive(floor.files, root.view, work, archive, x.signal));
      announce(floor.events, container, 'extract-to-dir');
      x.sendEmpty(200);
    },
  };
}

/** Error: EngineError `invalid`, as for `docker cp CONTAINER: -`. */
function pathOf({ query }: Exchange): string {
  const path = query.text('path');
  if (path !== undefined) return path;
  throw invalid({ code: 'path-empty', message: 'bad parameter: path cannot be empty' });
}

/** Says in Docker's words that there is no such path. */
async function named<T>(x: Exchange, path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error;
    throw notFound({
      code: 'path-not-found',
      message: `Could not find the file ${path} in container ${x.params.id}`,
      subject: path,
    });
  }
}

function statHeader(stat: PathStat): Record<string, string> {
  return { 'X-Docker-Container-Path-Stat': Buffer.from(JSON.stringify(stat)).toString('base64') };
}
