import { UsageError } from './usage-error.ts';

/** A port of `--publish`. */
export interface PublishedPort {
  /** `8080/tcp`. */
  readonly key: string;
  /** Empty for all addresses. */
  readonly hostIp: string;
  /** Empty for any free port. */
  readonly hostPort: string;
}

const PATTERN = /^(?:(?:(\[[0-9a-fA-F:]+\]|[0-9.]+):)?(\d*):)?(\d+)(?:\/(tcp|udp))?$/;

/** Reads `[ADDRESS:][HOST-PORT:]PORT[/udp]`. Error: UsageError. */
export function parsePublished(text: string): PublishedPort {
  const match = PATTERN.exec(text);
  const [, address = '', hostPort = '', port = '', protocol = 'tcp'] = match ?? [];
  if (match === null || !isPort(port) || (hostPort !== '' && !isPort(hostPort))) {
    throw new UsageError(`--publish is [ADDRESS:][HOST-PORT:]PORT[/udp], not '${text}'`);
  }
  return { key: `${Number(port)}/${protocol}`, hostIp: address.replace(/^\[|\]$/g, ''), hostPort };
}

function isPort(text: string): boolean {
  return Number(text) > 0 && Number(text) <= 65_535;
}
