/** One word of EXPOSE, read as BuildKit reads it. */
export interface ExposedPort {
  /** `8080/tcp`, one for each port of a range. */
  readonly ports: readonly string[];
  /** As written, in whatever case; `tcp` where none is. */
  readonly protocol: string;
  /** An IP address or a host port, which EXPOSE has no use for. */
  readonly hasHostPart: boolean;
}

/** Reads `8080`, `8000-8010/udp`, and `[ip:][host-port:]port[/protocol]`; gives BuildKit's message where it is none. */
export function parseExposedPort(word: string): ExposedPort | { readonly problem: string } {
  const { ip, hostPort, rest } = splitParts(word);
  const slash = rest.indexOf('/');
  const port = slash === -1 ? rest : rest.slice(0, slash);
  const protocol = (slash === -1 ? '' : rest.slice(slash + 1)) || 'tcp';
  if (port === '') return { problem: `invalid port: ${JSON.stringify(word)}: no port specified` };
  if (!/^(?:tcp|udp|sctp)$/i.test(protocol))
    return { problem: `invalid port: ${JSON.stringify(word)}: invalid proto: ${protocol}` };
  if (ip !== '' && !isAddress(ip)) return { problem: `invalid IP address: ${ip}` };
  const range = parseRange(port);
  if (!range) return { problem: `invalid containerPort: ${port}` };
  const hostRange = hostPort === '' ? undefined : parseRange(hostPort);
  if (hostPort !== '' && !hostRange) return { problem: `invalid hostPort: ${hostPort}` };
  const [start, end] = range;
  if (hostRange && end !== start && hostRange[1] - hostRange[0] !== end - start)
    return { problem: `invalid ranges specified for container and host Ports: ${port} and ${hostPort}` };
  const ports = Array.from({ length: end - start + 1 }, (_, i) => `${start + i}/${protocol.toLowerCase()}`);
  return { ports, protocol, hasHostPart: ip !== '' || hostPort !== '' };
}

function splitParts(word: string): { ip: string; hostPort: string; rest: string } {
  const parts = word.split(':');
  return { ip: parts.slice(0, -2).join(':'), hostPort: parts.at(-2) ?? '', rest: parts.at(-1) ?? '' };
}

function parseRange(text: string): readonly [number, number] | undefined {
  const dash = text.indexOf('-');
  const start = parsePort(dash === -1 ? text : text.slice(0, dash));
  const end = dash === -1 ? start : parsePort(text.slice(dash + 1));
  return start === undefined || end === undefined || end < start ? undefined : [start, end];
}

function parsePort(text: string): number | undefined {
  const port = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return port >= 0 && port <= 65_535 ? port : undefined;
}

function isAddress(text: string): boolean {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  const v4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
  return v4.test(bare) || (bare.includes(':') && /^[0-9a-fA-F:.]+(?:%\w+)?$/.test(bare));
}
