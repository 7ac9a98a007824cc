import type Docker from 'dockerode';

/** Who answers at the other end, for the status bar and for knowing whether it speaks our own endpoints. */
export interface EngineIdentity {
  /** `Lapstrake`, `Docker`, `Podman`… */
  readonly name: string;
  readonly version: string;
  readonly apiVersion: string;
  /** Storage driver: `overlay2`, `vfs`… */
  readonly storage: string;
  /** Sandbox driver, where the engine is ours. */
  readonly sandbox: string | undefined;
  readonly operatingSystem: string;
  readonly warnings: readonly string[];
}

/** True for an engine that answers `/lapstrake/…`. */
export function speaksLapstrake(identity: EngineIdentity): boolean {
  return identity.name === 'Lapstrake';
}

/** Asks `/version` and `/info`. */
export async function identify(docker: Docker): Promise<EngineIdentity> {
  const [version, info] = await Promise.all([docker.version(), docker.info()]);
  return readIdentity(version, info);
}

/** Puts the two answers together, tolerating what an engine leaves out. */
export function readIdentity(version: unknown, info: unknown): EngineIdentity {
  const status = pairs(field(info, 'DriverStatus'));
  const name = engineName(version);
  const warnings = field(info, 'Warnings');
  return {
    name,
    version: text(field(version, 'Version')),
    apiVersion: text(field(version, 'ApiVersion')),
    storage: text(field(info, 'Driver')),
    sandbox:
      name === 'Lapstrake' ? (status.get('Sandbox') ?? (text(field(info, 'DefaultRuntime')) || undefined)) : undefined,
    operatingSystem: text(field(info, 'OperatingSystem')),
    warnings: Array.isArray(warnings) ? warnings.filter((warning) => typeof warning === 'string') : [],
  };
}

function engineName(version: unknown): string {
  const components = field(version, 'Components');
  const names = [
    text(field(field(version, 'Platform'), 'Name')),
    ...(Array.isArray(components) ? components.map((component) => text(field(component, 'Name'))) : []),
  ];
  for (const known of ['Lapstrake', 'Podman', 'Docker']) {
    if (names.some((name) => name.toLowerCase().includes(known.toLowerCase()))) return known;
  }
  return names.includes('Engine') ? 'Docker' : (names.find((name) => name !== '') ?? 'Engine');
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function pairs(value: unknown): Map<string, string> {
  if (!Array.isArray(value)) return new Map();
  return new Map(value.filter(Array.isArray).map((pair) => [text(pair[0]), text(pair[1])]));
}
