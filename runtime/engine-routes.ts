import { archiveRoutes } from './api/archive.ts';
import { buildRoutes } from './api/build.ts';
import { commandRoutes, type PrepareCommand } from './api/command.ts';
import { commitRoutes } from './api/commit.ts';
import { containerRoutes } from './api/containers.ts';
import { eventRoutes } from './api/events.ts';
import { execRoutes } from './api/exec.ts';
import { imageRoutes } from './api/images.ts';
import { lapstrakeRoutes } from './api/lapstrake.ts';
import { networkRoutes } from './api/networks.ts';
import { registryRoutes } from './api/registries.ts';
import { Router } from './api/router.ts';
import { systemRoutes } from './api/system.ts';
import { volumeRoutes } from './api/volumes.ts';
import { imageUsers } from './containers/image-users.ts';
import { doctorReport } from './doctor.ts';
import type { Engine } from './engine.ts';
import { systemBackend } from './system-info.ts';

/** Every endpoint of an engine. */
export function engineRouter(engine: Engine, prepareCommand: PrepareCommand): Router {
  const { containers, networks, volumes, events, images, blobs, transfer, builds } = engine;
  return new Router(
    systemRoutes(systemBackend(engine)),
    registryRoutes(engine.registries),
    imageRoutes(images, transfer),
    containerRoutes(containers),
    archiveRoutes(containers),
    commitRoutes({ containers, images, blobs }),
    execRoutes(containers.execs),
    networkRoutes(networks, containers, events),
    volumeRoutes(volumes, events),
    eventRoutes(events),
    buildRoutes(builds, events),
    commandRoutes(prepareCommand),
    lapstrakeRoutes({
      images,
      snapshots: containers.floor.snapshots,
      cacheRecords: async (keys) => {
        const found = new Map((await builds?.builder.lookup(keys))?.map((record) => [record.key, record]));
        return { records: Object.fromEntries(keys.map((key) => [key, found.get(key) ?? null])) };
      },
      imageUsers: (name) => imageUsers(containers.floor.snapshots, images.resolve(name)),
      buildRecord: async (name) => builds?.builder.record(images.resolve(name).id),
      doctor: () => doctorReport(engine),
    }),
  );
}
