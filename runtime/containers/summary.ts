import type { Container } from './container.ts';
import { humanDuration } from './duration.ts';
import { type ContainerSizes, mountRecord, networkRecords } from './inspect.ts';
import { commandLine } from './merge-config.ts';
import { portList } from './ports.ts';

/** What `GET /containers/json` tells of a container. */
export function summarize(container: Container, now: number, sizes?: ContainerSizes) {
  const { record, state } = container;
  const { Annotations: annotations } = record.hostConfig;
  const hasAnnotations = Object.keys(annotations).length > 0;
  const exposed = container.isRunning ? Object.keys(record.config.ExposedPorts) : [];
  return {
    Id: container.id,
    Names: [`/${record.name}`],
    Image: record.image,
    ImageID: record.imageId,
    Command: commandLine(record.config).map(quote).join(' '),
    Created: Math.floor(Date.parse(record.created) / 1000),
    Ports: portList(container.run?.attachment.ports ?? [], exposed),
    ...sizes,
    Labels: record.config.Labels,
    State: state.status,
    Status: statusText(container, now),
    HostConfig: { NetworkMode: record.hostConfig.NetworkMode, ...(hasAnnotations && { Annotations: annotations }) },
    NetworkSettings: { Networks: networkRecords(container) },
    Mounts: record.mounts.filter((mount) => mount.type !== 'tmpfs').map(mountRecord),
  };
}

const HEALTH = { starting: ' (health: starting)', healthy: ' (healthy)', unhealthy: ' (unhealthy)' } as const;

/** What `docker ps` prints as STATUS. */
export function statusText({ state, health }: Container, now: number): string {
  const since = (time: string): string => humanDuration(now - Date.parse(time));
  switch (state.status) {
    case 'running':
      return `Up ${since(state.startedAt)}${health === undefined ? '' : HEALTH[health.status]}`;
    case 'paused':
      return `Up ${since(state.startedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'exited':
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'created':
      return 'Created';
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
  }
}

/** A word as a shell would need it. */
function quote(word: string): string {
  return word === '' || /\s/.test(word) ? `'${word}'` : word;
}
