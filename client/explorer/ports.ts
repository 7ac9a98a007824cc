/** A container's port, as the Engine API lists it. */
export interface PortInfo {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
}

/** A port that can be reached from here. */
export interface PublishedPort {
  readonly host: string;
  readonly public: number;
  readonly private: number;
  readonly protocol: string;
}

/** The ports published on the host, each once (IPv4 and IPv6 bindings of one port are one), lowest private port first. */
export function publishedPorts(ports: readonly PortInfo[]): PublishedPort[] {
  const seen = new Map<string, PublishedPort>();
  for (const port of ports) {
    if (port.PublicPort === undefined || port.PublicPort === 0) continue;
    const host = isAnyAddress(port.IP) ? 'localhost' : (port.IP ?? 'localhost');
    const key = `${port.PublicPort}/${port.PrivatePort}/${port.Type}`;
    if (!seen.has(key))
      seen.set(key, { host, public: port.PublicPort, private: port.PrivatePort, protocol: port.Type });
  }
  return [...seen.values()].sort((a, b) => a.private - b.private || a.public - b.public);
}

/** `8080→80, 5353→53/udp`; empty without published ports. */
export function describePorts(ports: readonly PortInfo[]): string {
  return publishedPorts(ports)
    .map((port) => `${port.public}→${port.private}${port.protocol === 'tcp' ? '' : `/${port.protocol}`}`)
    .join(', ');
}

/** The address a browser opens: `https` for 443 and 8443, `http` otherwise. */
export function portUrl(port: PublishedPort): string {
  const scheme = port.private === 443 || port.private === 8443 ? 'https' : 'http';
  return `${scheme}://${port.host.includes(':') ? `[${port.host}]` : port.host}:${port.public}/`;
}

function isAnyAddress(ip: string | undefined): boolean {
  return ip === undefined || ip === '' || ip === '0.0.0.0' || ip === '::';
}
