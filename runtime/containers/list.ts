import { type Filters, matchesLabels } from '../../protocol/engine/filters.ts';
import { checkFilters, matchesName } from '../list-filters.ts';
import type { Container } from './container.ts';
import type { Containers } from './containers.ts';
import { networkRecords } from './inspect.ts';
import { parsePort, portFilter } from './ports.ts';

/** Which containers a list shows. */
export interface ListOptions {
  /** Also those that do not run. */
  readonly all: boolean;
  /** The newest so many, whether they run or not. */
  readonly limit: number | undefined;
  readonly filters: Filters;
}

/** What filters of few values take. */
const VALUES: Readonly<Record<string, RegExp>> = {
  status: /^(created|running|paused|restarting|removing|exited|dead)$/,
  exited: /^-?\d+$/,
  health: /^(none|starting|healthy|unhealthy)$/,
  'is-task': /^(1|t|true|0|f|false)$/i,
};

type Test = (container: Container, value: string) => boolean;

/** The newest first. Error: EngineError `invalid` for an unknown filter. */
export function listContainers(containers: Containers, { all, limit, filters }: ListOptions): Container[] {
  const tests = filterTests(containers);
  checkFilters(filters, Object.fromEntries(Object.keys(tests).map((name) => [name, VALUES[name]])));
  const everyState = all || (limit ?? 0) > 0 || filters.has('status');
  const newest = containers.index
    .all()
    .map((container, index) => ({ container, index }))
    .sort((a, b) => b.container.record.created.localeCompare(a.container.record.created) || b.index - a.index)
    .map(({ container }) => container)
    .filter((container) => everyState || container.isRunning || container.state.status === 'restarting')
    .filter((container) => [...filters].every(([name, values]) => matches(tests[name]!, container, name, values)));
  return limit !== undefined && limit > 0 ? newest.slice(0, limit) : newest;
}

function matches(test: Test, container: Container, name: string, values: readonly string[]): boolean {
  if (values.length === 0) return true;
  return name === 'label'
    ? values.every((value) => test(container, value))
    : values.some((value) => test(container, value));
}

function filterTests(containers: Containers): Readonly<Record<string, Test>> {
  const created = (name: string): string => containers.get(name).record.created;
  return {
    id: ({ id }, value) => matchesName(id, value),
    name: ({ name }, value) => matchesName(name, value) || matchesName(`/${name}`, value),
    label: ({ record }, value) => matchesLabels(record.config.Labels, [value]),
    status: ({ state }, value) => state.status === value,
    exited: ({ state }, value) => state.status === 'exited' && state.exitCode === Number(value),
    ancestor: ({ record }, value) => {
      const image = containers.floor.images.find(value);
      return record.image === value || (image !== undefined && descends(containers, record.imageId, image.id));
    },
    before: ({ record }, value) => record.created < created(value),
    since: ({ record }, value) => record.created > created(value),
    volume: ({ record }, value) =>
      record.mounts.some((m) => m.name === value || m.source === value || m.destination === value),
    network: (container, value) =>
      Object.entries(networkRecords(container)).some(
        ([name, { NetworkID }]) => name === value || (value !== '' && NetworkID.startsWith(value)),
      ),
    publish: ({ run }, value) => {
      const isWanted = portFilter(value);
      return (run?.attachment.ports ?? []).some((port) => isWanted(port.hostPort, port.protocol));
    },
    expose: ({ run, record }, value) => {
      const isWanted = portFilter(value);
      if (run === undefined) return false;
      return Object.keys(record.config.ExposedPorts)
        .map(parsePort)
        .some((port) => isWanted(port.containerPort, port.protocol));
    },
    health: ({ health }, value) => (health?.status ?? 'none') === value,
    isolation: () => true,
    'is-task': (_container, value) => /^(0|f|false)$/i.test(value),
  };
}

function descends(containers: Containers, imageId: string, ancestor: string): boolean {
  const { images } = containers.floor;
  for (let id: string | undefined = imageId, steps = 0; id !== undefined && steps < 256; steps++) {
    if (id === ancestor) return true;
    id = images.find(id)?.parent;
  }
  return false;
}
