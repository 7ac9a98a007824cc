import { type Filters, matchesLabels } from '../../protocol/engine/filters.ts';
import { VolumeCreate } from '../../protocol/engine/volume.ts';
import { isKind, unavailable } from '../errors.ts';
import type { EventBus } from '../events/event-bus.ts';
import { readFlag } from '../images/filter-flag.ts';
import { checkFilters, matchesName } from '../list-filters.ts';
import type { Volumes } from '../volumes/volumes.ts';
import type { Exchange, Routes } from './exchange.ts';
import { pruneFilter } from './prune-filter.ts';

const LIST_FILTERS = { name: undefined, label: undefined, driver: undefined, dangling: undefined };

/** `/volumes` of the Docker Engine API. */
export function volumeRoutes(volumes: Volumes, events: EventBus): Routes {
  const name = (x: Exchange): string => x.params.name ?? '';
  return {
    'GET /volumes': async (x) => {
      const filters = x.query.filters();
      checkFilters(filters, LIST_FILTERS);
      const dangling = readFlag('dangling', filters.get('dangling'));
      const any = (filter: string, test: (value: string) => boolean): boolean => {
        const values = filters.get(filter) ?? [];
        return values.length === 0 || values.some(test);
      };
      const found = (await volumes.list()).filter(
        (volume) =>
          any('name', (value) => matchesName(volume.Name, value)) &&
          any('driver', (value) => volume.Driver === value) &&
          (dangling === undefined || dangling === (volumes.users(volume.Name).length === 0)) &&
          matchesLabels(volume.Labels, filters.get('label')),
      );
      x.sendJson(200, { Volumes: found, Warnings: null });
    },
    'POST /volumes/create': async (x) => {
      const body = await x.json(VolumeCreate);
      if (body.ClusterVolumeSpec !== undefined && x.version.atLeast('1.42')) throw noClusterVolumes();
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
      const { filters, scope } = pruneScope(x);
      const filter = pruneFilter(filters, ['label', 'label!'], new Date());
      const { names, bytes } = await volumes.prune(
        (volume, anonymous) =>
          (anonymous || scope === 'all') && filter({ created: volume.CreatedAt, labels: volume.Labels }),
      );
      for (const each of names) events.publish('volume', 'destroy', each, { driver: 'local' });
      events.publish('volume', 'prune', '', { reclaimed: String(bytes) });
      x.sendJson(200, { VolumesDeleted: names.length > 0 ? names : null, SpaceReclaimed: bytes });
    },
    'PUT /volumes/{name}': () => {
      throw noClusterVolumes();
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

/** From 1.42 on volumes that somebody has named are pruned where `all` says so. Error: EngineError `invalid`. */
function pruneScope({ query, version }: Exchange): { readonly filters: Filters; readonly scope: 'all' | 'anonymous' } {
  const filters = query.filters();
  if (!version.atLeast('1.42')) return { filters, scope: 'all' };
  const scope = readFlag('all', filters.get('all')) ? 'all' : 'anonymous';
  return { filters: new Map([...filters].filter(([name]) => name !== 'all')), scope };
}

function noClusterVolumes() {
  return unavailable({
    code: 'no-swarm',
    message: 'This node is not a swarm manager: this engine has no cluster volumes.',
  });
}
