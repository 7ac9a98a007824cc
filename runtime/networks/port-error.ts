import { conflict, type EngineError, forbidden, internal } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import type { PortRequest } from './networks.ts';

/** Whose port it is, for the message. */
export interface EndpointName {
  readonly containerName: string;
  readonly endpointId: string;
}

/** A port of the host that could not be bound, in Docker's words where Docker has some. */
export function portError(error: unknown, port: PortRequest, address: string, of: EndpointName): EngineError {
  const shown = `${address.includes(':') ? `[${address}]` : address}:${port.hostPort}`;
  const prefix = prefixOf(of);
  const subject = shown;
  if (hasErrno(error, 'EADDRINUSE')) {
    return conflict({
      code: 'port-taken',
      message: `${prefix}: Bind for ${shown} failed: port is already allocated`,
      subject,
      cause: error,
      remedies: ['Publish another port of the host', `Stop what listens on port ${port.hostPort}`],
    });
  }
  if (hasErrno(error, 'EACCES')) {
    return forbidden({
      code: 'port-privileged',
      message: `${prefix}: Bind for ${shown} failed: permission denied: the user may not listen on ports below 1024`,
      subject,
      cause: error,
      remedies: [
        'Publish a port from 1024 on',
        `As root: sysctl -w net.ipv4.ip_unprivileged_port_start=${port.hostPort}`,
      ],
    });
  }
  if (hasErrno(error, 'EADDRNOTAVAIL')) {
    return conflict({
      code: 'host-address-missing',
      message: `${prefix}: Bind for ${shown} failed: cannot assign requested address`,
      subject,
      cause: error,
      remedies: ['Publish on an address that this machine has'],
    });
  }
  return internal({
    code: 'port-failed',
    message: `${prefix}: Bind for ${shown} failed: ${String(error)}`,
    subject,
    cause: error,
  });
}

/** A range of the host's ports in which none is free, in Docker's words. */
export function rangeTaken(cause: unknown, { hostPort, lastHostPort }: PortRequest, of: EndpointName): EngineError {
  const subject = `${hostPort}-${lastHostPort}`;
  return conflict({
    code: 'port-taken',
    message: `${prefixOf(of)}: Bind for ${subject} failed: all ports are allocated`,
    subject,
    cause,
    remedies: ['Publish a wider range of the host', `Stop what listens on ports ${subject}`],
  });
}

function prefixOf({ containerName, endpointId }: EndpointName): string {
  return `driver failed programming external connectivity on endpoint ${containerName} (${endpointId})`;
}
