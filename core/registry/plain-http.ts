/**
 * Whether a registry may be spoken to without TLS: it is this machine, or the user named it. `allowed` holds `host`,
 * `host:port` and IPv4 ranges (`10.0.0.0/8`), as `--insecure-registry` takes them.
 */
export function mayBePlain(domain: string, allowed: readonly string[]): boolean {
  const host = domain.replace(/:\d+$/, '');
  const address = ipv4(host);
  if (host === 'localhost' || host === '[::1]' || (address !== undefined && address >>> 24 === 127)) return true;
  return allowed.some(
    (each) => each === domain || each === host || (address !== undefined && isInRange(address, each)),
  );
}

function isInRange(address: number, range: string): boolean {
  const [, network, bits] = /^([\d.]+)\/(\d{1,2})$/.exec(range) ?? [];
  const start = ipv4(network ?? '');
  const prefix = Number(bits);
  if (start === undefined || prefix > 32) return false;
  const size = 2 ** (32 - prefix);
  return Math.floor(address / size) === Math.floor(start / size);
}

/** The 32 bits of a dotted address; undefined for anything else, such as a name. */
function ipv4(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((all, part) => all * 256 + part, 0);
}
