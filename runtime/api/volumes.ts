import { matchesLabels } from '../../protocol/engine/filters.ts';
import { VolumeCreate } from '../../protocol/engine/volume.ts';
import { isKind } from '../errors.ts';
import type { EventBus } from '../events/event-bus.ts';
import type { Volumes } from '../volumes/volumes.ts';
import type { Exchange, Routes } from './exchange.ts';
import { pruneFilter } from './prune-filter.ts';

/** `/volumes` of the Docker Engine API. */
export function volumeRoutes(volumes: Volumes, events: EventBus): Routes {
  const name = (x: Exchange): string => x.params.name ?? '';
  return {
    'GET /volumes': async (x) => {
      const filters = x.query.filters();
      const any = (filter: string, test: (value: string) => boolean): boolean => {
        const values = filters.get(filter) ?? [];
        return values.length === 0 || values.some(test);
      };
      const found = (await volumes.list()).filter(
        (volume) =>
          any('name', (value) => volume.Name.includes(value)) &&
          any('driver', (value) => volume.Driver === value) &&
          any('dangling', (value) => /^(1|true)$/.test(value) === (volumes.users(volume.Name).length === 0)) &&
          matchesLabels(volume.Labels, filters.get('label')),
      );
      x.sendJson(200, { Volumes: found, Warnings: null });
    },
    'POST /volumes/create': async (x) => {
      const body = await x.json(VolumeCreate);
      const volume = await volumes.create({
        name: body.Name,
        driver: body.Driver || undefined,
        labels: body.Labels,
        driverOptions: body.DriverOpts,
      });
      events.publish('volume', 'create', volume.Name, { driver: volume.Driver });
      x.sendJson(201, volume);
    },
    'POST /volumes/prune': async (x) => {
      const filter = pruneFilter(x.query.filters(), ['label', 'label!'], new Date());
      const { names, bytes } = await volumes.prune((volume) =>
        filter({ created: volume.CreatedAt, labels: volume.Labels }),
      );
      for (const each of names) events.publish('volume', 'destroy', each, { driver: 'local' });
      x.sendJson(200, { VolumesDeleted: names.length > 0 ? names : null, SpaceReclaimed: bytes });
    },
    'GET /volumes/{name}': async (x) => x.sendJson(200, await volumes.inspect(name(x))),
    'DELETE /volumes/{name}': async (x) => {
      try {
        await volumes.remove(name(x));
      } catch (error) {
        if (!(x.query.flag('force') && isKind(error, 'not-found'))) throw error;
      }
      events.publish('volume', 'destroy', name(x), { driver: 'local' });
      x.sendEmpty(204);
    },
  };
}
