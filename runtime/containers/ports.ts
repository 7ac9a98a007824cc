import type { ContainerConfig } from '../../protocol/engine/container-config.ts';
import type { HostConfig } from '../../protocol/engine/host-config.ts';
import { invalid } from '../errors.ts';
import type { PortRequest, PublishedPort } from '../networks/networks.ts';

/** Which ports a container wants published: `-p`, and with `-P` every exposed one. */
export function portRequests(
  hostConfig: Pick<HostConfig, 'PortBindings' | 'PublishAllPorts'>,
  config: Pick<ContainerConfig, 'ExposedPorts'>,
): PortRequest[] {
  const out: PortRequest[] = [];
  for (const [key, bindings] of Object.entries(hostConfig.PortBindings)) {
    const port = publishable(key);
    for (const { HostIp, HostPort } of bindings ?? []) {
      out.push({ ...port, hostIp: HostIp, ...parseHostPort(HostPort, key) });
    }
  }
  if (hostConfig.PublishAllPorts) {
    for (const key of Object.keys(config.ExposedPorts)) {
      const port = publishable(key);
      const asked = out.some((each) => each.containerPort === port.containerPort && each.protocol === port.protocol);
      if (!asked) out.push({ ...port, hostIp: '', hostPort: 0 });
    }
  }
  return out;
}

/** A port that a container exposes. */
export interface ExposedPort {
  readonly containerPort: number;
  readonly protocol: PortRequest['protocol'] | 'sctp';
}

/** Reads `80/tcp` or `80`. Error: EngineError `invalid`. */
export function parsePort(key: string): ExposedPort {
  const match = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(key);
  const port = Number(match?.[1]);
  if (match === null || port < 1 || port > 65535) {
    throw invalid({ code: 'port-invalid', message: `invalid port specification: "${key}"`, subject: key });
  }
  const protocol = (['udp', 'sctp'] as const).find((each) => each === match[2]) ?? 'tcp';
  return { containerPort: port, protocol };
}

/** Error: EngineError `invalid` for a port of SCTP: Node has no sockets of it to listen with. */
function publishable(key: string): Pick<PortRequest, 'containerPort' | 'protocol'> {
  const { containerPort, protocol } = parsePort(key);
  if (protocol !== 'sctp') return { containerPort, protocol };
  throw invalid({
    code: 'port-protocol',
    message: `port ${key} cannot be published: this engine forwards TCP and UDP; containers of one network reach it all the same`,
    subject: key,
  });
}

/** `8000`, `8000-8010`, or nothing for a free one. */
function parseHostPort(text: string, key: string): Pick<PortRequest, 'hostPort' | 'lastHostPort'> {
  if (text === '') return { hostPort: 0 };
  const range = parseRange(text);
  if (range !== undefined)
    return { hostPort: range.first, ...(range.first !== range.last && { lastHostPort: range.last }) };
  throw invalid({ code: 'port-invalid', message: `invalid port specification: "${text}:${key}"`, subject: text });
}

/** Reads `8000` or `8000-8010`; undefined where it is neither. */
function parseRange(text: string): { readonly first: number; readonly last: number } | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  return match !== null && first <= last && last <= 65535 && (first > 0 || last === 0) ? { first, last } : undefined;
}

/** What a filter of lists wants: `80`, `80/udp`, `8000-8010/tcp`. Error: EngineError `invalid`. */
export function portFilter(text: string): (port: number, protocol: string) => boolean {
  const [numbers = '', protocol = 'tcp', ...more] = text.split('/');
  const range = parseRange(numbers);
  if (range === undefined || more.length > 0) {
    throw invalid({ code: 'port-invalid', message: `invalid port specification: "${text}"`, subject: text });
  }
  return (port, of) => of === protocol && port >= range.first && port <= range.last;
}

/** `NetworkSettings.Ports` of inspect: what is bound, and null for what is only exposed. */
export function portMap(
  ports: readonly PublishedPort[],
  exposed: readonly string[],
): Record<string, { HostIp: string; HostPort: string }[] | null> {
  const out: Record<string, { HostIp: string; HostPort: string }[] | null> = {};
  for (const key of exposed) out[key.includes('/') ? key : `${key}/tcp`] = null;
  for (const port of ports) {
    const key = `${port.containerPort}/${port.protocol}`;
    const bound = out[key] ?? [];
    bound.push({ HostIp: port.hostIp, HostPort: String(port.hostPort) });
    out[key] = bound;
  }
  return out;
}

/** `Ports` of a list of containers. */
export function portList(
  ports: readonly PublishedPort[],
  exposed: readonly string[],
): { IP?: string; PrivatePort: number; PublicPort?: number; Type: string }[] {
  const bound = ports.map((port) => ({
    IP: port.hostIp,
    PrivatePort: port.containerPort,
    PublicPort: port.hostPort,
    Type: port.protocol,
  }));
  const unbound = exposed
    .map(parsePort)
    .filter((port) => !ports.some((p) => p.containerPort === port.containerPort && p.protocol === port.protocol))
    .map((port) => ({ PrivatePort: port.containerPort, Type: port.protocol }));
  return [...bound, ...unbound];
}
