import { invalid, notFound, unavailable, unsupported } from '../errors.ts';
import type { Exchange, Routes } from './exchange.ts';
import {
  type DiskUsage,
  type DiskUsageKind,
  diskUsageKinds,
  type SystemInfo,
  shapeDiskUsage,
  shapeInfo,
} from './shapes/system.ts';
import { API_VERSION, MIN_API_VERSION } from './version.ts';

/** What `/info`, `/version` and `/system/df` tell. */
export interface SystemBackend {
  readonly version: string;
  readonly kernel: string;
  /** Go's name of the architecture, as `amd64`. */
  readonly architecture: string;
  /** Names and versions of what the engine stands on. */
  readonly components: readonly { readonly name: string; readonly version: string }[];
  info(): Promise<SystemInfo>;
  diskUsage(kinds: ReadonlySet<DiskUsageKind>): Promise<DiskUsage>;
}

const PING = {
  'Cache-Control': 'no-cache, no-store, must-revalidate',
  Pragma: 'no-cache',
  'Builder-Version': '1',
  Swarm: 'inactive',
};

/** `/_ping`, `/version`, `/info`, `/system/df`, and what only a swarm has. */
export function systemRoutes(system: SystemBackend): Routes {
  const noSwarm = (): never => {
    throw unavailable({
      code: 'no-swarm',
      message: 'This node is not a swarm manager: this engine has no swarms.',
    });
  };
  const noPlugins = (): never => {
    throw unsupported({ code: 'no-plugins', message: 'This engine has no plugins.' });
  };
  // `docker inspect` asks for a plugin last, after everything else that may have the name.
  const noSuchPlugin = ({ params: { name = '' } }: Exchange): never => {
    throw notFound({ code: 'plugin-not-found', message: `plugin "${name}" not found`, subject: name });
  };
  const swarm = ['swarm', 'services', 'tasks', 'nodes', 'secrets', 'configs'].flatMap((resource) =>
    ['GET', 'POST', 'DELETE'].flatMap((method) => [
      [`${method} /${resource}`, noSwarm] as const,
      [`${method} /${resource}/{rest*}`, noSwarm] as const,
    ]),
  );
  return {
    'GET /_ping': (x) => x.sendText(200, 'OK', PING),
    'HEAD /_ping': (x) => x.sendEmpty(200, { ...PING, 'Content-Type': 'text/plain; charset=utf-8' }),
    'GET /version': (x) => x.sendJson(200, versionRecord(system)),
    'GET /info': async (x) => x.sendJson(200, shapeInfo(await system.info(), x.version)),
    'GET /system/df': async (x) => {
      const kinds = diskUsageKinds(x.query.all('type'), x.version);
      x.sendJson(200, shapeDiskUsage(await system.diskUsage(kinds), x.version));
    },
    'POST /grpc': () => {
      throw invalid({
        code: 'no-buildkit',
        message: 'This engine has no BuildKit control API: set DOCKER_BUILDKIT=0.',
      });
    },
    'GET /plugins': (x) => x.sendJson(200, []),
    'GET /plugins/privileges': noPlugins,
    'POST /plugins/{rest*}': noPlugins,
    'GET /plugins/{name*}/json': noSuchPlugin,
    'GET /plugins/{rest*}': noPlugins,
    'DELETE /plugins/{name*}': noSuchPlugin,
    ...Object.fromEntries(swarm),
  };
}

function versionRecord(system: SystemBackend) {
  const details = {
    ApiVersion: API_VERSION,
    Arch: system.architecture,
    Experimental: 'false',
    KernelVersion: system.kernel,
    MinAPIVersion: MIN_API_VERSION,
    Os: 'linux',
  };
  return {
    Platform: { Name: 'Lapstrake' },
    Components: [
      { Name: 'Engine', Version: system.version, Details: details },
      ...system.components.map(({ name, version }) => ({ Name: name, Version: version, Details: {} })),
    ],
    Version: system.version,
    ApiVersion: API_VERSION,
    MinAPIVersion: MIN_API_VERSION,
    GitCommit: '',
    GoVersion: '',
    Os: 'linux',
    Arch: system.architecture,
    KernelVersion: system.kernel,
    BuildTime: '',
  };
}
