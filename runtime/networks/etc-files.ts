const LOCALHOST: readonly string[] = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'ff00::0\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
];

/** `/etc/hosts` of a container, as Docker writes it: localhost, then extra hosts, then the container itself. */
export function hostsFile(options: {
  /** What stands in the place of localhost's lines: the machine's own file in mode `host`. */
  readonly base?: string | undefined;
  readonly hostname: string;
  readonly domainname?: string | undefined;
  /** The container's addresses; none in mode `none`. */
  readonly ips: readonly string[];
  /** `name:address` each, as `--add-host` takes them. */
  readonly extraHosts?: readonly string[] | undefined;
}): string {
  const lines = options.base === undefined ? [...LOCALHOST] : [options.base.trimEnd()];
  for (const extra of options.extraHosts ?? []) {
    const colon = extra.indexOf(':');
    if (colon > 0) lines.push(`${extra.slice(colon + 1)}\t${extra.slice(0, colon)}`);
  }
  const full = options.domainname ? `${options.hostname}.${options.domainname}` : options.hostname;
  const names = full.includes('.') ? `${full} ${full.split('.', 1)[0]}` : full;
  for (const ip of options.ips) lines.push(`${ip}\t${names}`);
  return `${lines.join('\n')}\n`;
}

/** `/etc/hostname` of a container. */
export function hostnameFile(hostname: string): string {
  return `${hostname}\n`;
}

/**
 * `/etc/resolv.conf` of a container: the host's, without the name servers that a container cannot reach (loopback
 * addresses), with `--dns`, `--dns-search` and `--dns-option` in their place where given.
 */
export function resolvConf(
  host: string,
  options: {
    readonly dns?: readonly string[] | undefined;
    readonly search?: readonly string[] | undefined;
    readonly dnsOptions?: readonly string[] | undefined;
    /** Name servers on loopback stay: mode `host`. */
    readonly sharesHost?: boolean | undefined;
    /** Name servers where the host names only unreachable ones. */
    readonly fallback?: readonly string[] | undefined;
  } = {},
): string {
  const lines = host.split('\n').map((line) => line.trim());
  const values = (keyword: string): string[][] =>
    lines.map((line) => line.split(/\s+/)).filter((words) => words[0] === keyword);
  const ofHost = values('nameserver')
    .map((words) => words[1] ?? '')
    .filter((address) => address !== '' && (options.sharesHost || !isLoopback(address)));
  const fallback = options.fallback ?? ['8.8.8.8', '8.8.4.4'];
  const servers = options.dns?.length ? options.dns : ofHost.length > 0 || options.sharesHost ? ofHost : fallback;
  const search = options.search?.length ? options.search : (values('search').at(-1)?.slice(1) ?? []);
  const dnsOptions = options.dnsOptions?.length
    ? options.dnsOptions
    : values('options').flatMap((words) => words.slice(1));
  const out = servers.map((server) => `nameserver ${server}`);
  // `--dns-search .` means no search list at all.
  const searched = search.filter((domain) => domain !== '.');
  if (searched.length > 0) out.push(`search ${searched.join(' ')}`);
  if (dnsOptions.length > 0) out.push(`options ${dnsOptions.join(' ')}`);
  return out.length > 0 ? `${out.join('\n')}\n` : '';
}

/** The name servers of a resolv.conf, in their order. */
export function nameServersOf(text: string): string[] {
  const words = text.split('\n').map((line) => line.trim().split(/\s+/));
  return words.flatMap(([keyword, address = '']) => (keyword === 'nameserver' && address !== '' ? [address] : []));
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
