import { pipeline } from 'node:stream/promises';
import * as z from 'zod/mini';
import { ContainerConfig } from '../../protocol/engine/container-config.ts';
import { type CommitGround, commitContainer } from '../containers/commit.ts';
import { exportContainer } from '../containers/export.ts';
import type { Routes } from './exchange.ts';

const NOTHING_SAID = JSON.stringify(z.parse(ContainerConfig, {}));

/** `POST /commit` and `GET /containers/{id}/export` of the Docker Engine API. */
export function commitRoutes(ground: CommitGround): Routes {
  const { containers } = ground;
  return {
    'POST /commit': async (x) => {
      const { query } = x;
      const container = containers.get(query.required('container'));
      // Clients send no body, an empty one, or all that they know.
      const config = await x.json(ContainerConfig);
      const repository = query.text('repo');
      const tag = query.text('tag');
      const id = await commitContainer(ground, container, {
        name: repository === undefined || tag === undefined ? repository : `${repository}:${tag}`,
        comment: query.text('comment') ?? '',
        author: query.text('author') ?? '',
        changes: query.all('changes'),
        config: JSON.stringify(config) === NOTHING_SAID ? undefined : config,
        during: query.flag('pause', true) ? 'pause' : 'run',
        signal: x.signal,
      });
      x.sendJson(201, { Id: id });
    },
    'GET /containers/{id}/export': async (x) => {
      await using exported = await exportContainer(containers.floor, containers.get(x.params.id ?? ''), x.signal);
      await pipeline(exported.archive, x.startStream('application/octet-stream'), { signal: x.signal });
    },
  };
}
