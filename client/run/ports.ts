import { createServer } from 'node:net';

/** A port of the image and where it is to be published; host 0 lets the engine choose. */
export interface PortMapping {
  readonly container: number;
  readonly protocol: string;
  readonly host: number;
}

/** Publishes each exposed port under its own number: 8080 → 8080. `exposed` is `Config.ExposedPorts` of an image. */
export function defaultMappings(exposed: Readonly<Record<string, unknown>> | null | undefined): PortMapping[] {
  return Object.keys(exposed ?? {})
    .flatMap((key): PortMapping[] => {
      const [port, protocol] = key.split('/');
      const container = Number(port);
      return Number.isInteger(container) && container > 0 && container < 65_536
        ? [{ container, protocol: protocol || 'tcp', host: container }]
        : [];
    })
    .sort((a, b) => a.container - b.container);
}

/** The two parts of a container's definition that publish these ports. */
export function portBindings(mappings: readonly PortMapping[]): {
  ExposedPorts: Record<string, object>;
  PortBindings: Record<string, { HostPort: string }[]>;
} {
  const key = (mapping: PortMapping) => `${mapping.container}/${mapping.protocol}`;
  return {
    ExposedPorts: Object.fromEntries(mappings.map((mapping) => [key(mapping), {}])),
    PortBindings: Object.fromEntries(
      mappings.map((mapping) => [key(mapping), [{ HostPort: mapping.host === 0 ? '' : String(mapping.host) }]]),
    ),
  };
}

/** True where nothing on this machine listens on the port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Reads what a user types for a host port: a number from 1 to 65535, or nothing for any. */
export function parsePort(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return 0;
  const port = /^\d{1,5}$/.test(trimmed) ? Number(trimmed) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}
