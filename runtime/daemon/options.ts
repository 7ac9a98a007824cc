import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultAddress, type Surroundings } from '../../protocol/engine-address.ts';
import type { ArchiveLimits } from '../archive/limits.ts';
import { invalid } from '../errors.ts';
import { LOG_FORMATS, type LogFormat } from '../log.ts';
import type { DefaultBridge } from '../networks/default-bridge.ts';
import { mirrorUrl } from '../registry/endpoint.ts';
import type { CgroupManager } from '../sandbox/cgroup-name.ts';
import type { SandboxChoice } from '../sandbox/choose.ts';
import type { StoragePreference } from '../snapshots/choose.ts';
import { bad } from './bad-option.ts';
import { LIMIT_NAMES, parseLimits } from './limits.ts';
import { parseTcp, type TcpOptions } from './tcp-options.ts';

/** How a daemon is started. */
export interface DaemonOptions {
  /** Absolute path of the unix socket. */
  readonly socket: string;
  /** Where else to listen, and whom to believe there. */
  readonly tcp: TcpOptions | undefined;
  /** Absolute path of the data root. */
  readonly root: string;
  readonly sandbox: SandboxChoice;
  readonly storage: StoragePreference;
  /** Who makes the control groups where an OCI runtime isolates containers; as Docker chooses where undefined. */
  readonly cgroupManager: CgroupManager | undefined;
  readonly registryMirrors: readonly string[];
  readonly insecureRegistries: readonly string[];
  /** Milliseconds for which a pull that did not come to its end keeps what it brought. */
  readonly keepUnfinishedPulls: number;
  /** Containers go on running when the daemon is stopped, as they do when it is killed. */
  readonly liveRestore: boolean;
  readonly defaultBridge: DefaultBridge;
  /** How much images and archives from outside may take. */
  readonly limits: ArchiveLimits;
  readonly debug: boolean;
  readonly logFormat: LogFormat;
}

/** What `lapstraked --help` prints. */
export const DAEMON_USAGE = `Usage: lapstraked [options]

  --host unix://PATH          where to listen (default: the user's own socket)
  --host tcp://HOST:PORT      listen there too, for clients with a certificate; may be repeated
  --tlscacert FILE            authority of the clients' certificates (default: ca.pem in DOCKER_CERT_PATH or ~/.docker)
  --tlscert FILE              certificate of the engine (default: cert.pem there)
  --tlskey FILE               key of the engine (default: key.pem there)
  --root DIR                  where images and containers are kept
  --sandbox DRIVER            auto, oci (runc or crun, or one of them), namespaces or chroot (default: auto)
  --cgroup-manager NAME       cgroupfs or systemd, which needs root and runc or crun (default: systemd
                              where it runs and control groups are of version 2 alone)
  --storage DRIVER            auto, overlay or vfs (default: auto)
  --registry-mirror URL       asked before Docker Hub; may be repeated
  --insecure-registry HOST    may be spoken to without TLS; may be repeated
  --keep-unfinished-pulls N   minutes for which a pull that broke keeps what it brought (default: 60)
  --live-restore              leave containers running when stopped
  --ipv6                      the network bridge has IPv6, too
  --fixed-cidr-v6 SUBNET      its IPv6 addresses, such as fd00:1::/64 (default: some that are nobody else's)
  --limit NAME=N              what images and archives from outside may take, N such as 500 or 64g; may be repeated:
                              ${LIMIT_NAMES.join(', ')}
  --log-format FORMAT         text or json, an object a line (default: text)
  --debug                     log every request that fails
  --help                      print this
`;

const SANDBOXES: readonly SandboxChoice[] = ['auto', 'oci', 'runc', 'crun', 'namespaces', 'chroot'];
const CGROUP_MANAGERS: readonly CgroupManager[] = ['cgroupfs', 'systemd'];
const STORAGES: readonly StoragePreference[] = ['auto', 'overlay', 'vfs'];
/** Longest path of a unix socket on Linux, its final NUL left out. */
const LONGEST_SOCKET = 107;

/** Reads a command line; undefined where it asks for help. Error: EngineError `invalid`. */
export function parseDaemonOptions(args: readonly string[], surroundings: Surroundings): DaemonOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const address = defaultAddress(surroundings);
  const hosts = values.host ?? [];
  const [unix, ...moreUnix] = hosts.filter((host) => !host.startsWith('tcp://'));
  if (moreUnix.length > 0) throw bad('--host', 'only one unix:// address is served');
  const socket = unix === undefined ? address.socket : socketPath(unix);
  if (Buffer.byteLength(socket) > LONGEST_SOCKET) {
    throw bad('--host', `the path of a socket has at most ${LONGEST_SOCKET} bytes: ${socket}`);
  }
  const insecureRegistries = values['insecure-registry'] ?? [];
  const registryMirrors = values['registry-mirror'] ?? [];
  for (const mirror of registryMirrors) mirrorUrl(mirror);
  return {
    socket,
    tcp: parseTcp(hosts, values, surroundings),
    root: resolve(values.root ?? address.root),
    sandbox: oneOf('--sandbox', values.sandbox ?? 'auto', SANDBOXES),
    storage: oneOf('--storage', values.storage ?? 'auto', STORAGES),
    cgroupManager:
      values['cgroup-manager'] === undefined
        ? undefined
        : oneOf('--cgroup-manager', values['cgroup-manager'], CGROUP_MANAGERS),
    registryMirrors,
    insecureRegistries,
    keepUnfinishedPulls: minutes('--keep-unfinished-pulls', values['keep-unfinished-pulls'] ?? '60') * 60_000,
    liveRestore: values['live-restore'] ?? false,
    defaultBridge: parseBridge(values),
    limits: parseLimits(values.limit ?? []),
    debug: values.debug ?? false,
    logFormat: oneOf('--log-format', values['log-format'] ?? 'text', LOG_FORMATS),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        host: { type: 'string', short: 'H', multiple: true },
        tlsverify: { type: 'boolean' },
        tlscacert: { type: 'string' },
        tlscert: { type: 'string' },
        tlskey: { type: 'string' },
        root: { type: 'string' },
        sandbox: { type: 'string' },
        storage: { type: 'string' },
        'cgroup-manager': { type: 'string' },
        'registry-mirror': { type: 'string', multiple: true },
        'insecure-registry': { type: 'string', multiple: true },
        'keep-unfinished-pulls': { type: 'string' },
        'live-restore': { type: 'boolean' },
        ipv6: { type: 'boolean' },
        'fixed-cidr-v6': { type: 'string' },
        limit: { type: 'string', multiple: true },
        debug: { type: 'boolean' },
        'log-format': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw invalid({ code: 'option-invalid', message: `${error.message}; see lapstraked --help`, cause: error });
  }
}

function socketPath(host: string): string {
  if (host.startsWith('unix://') && host.length > 'unix://'.length) return resolve(host.slice('unix://'.length));
  throw bad('--host', `only unix:// and tcp:// addresses are served, not ${host}`);
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found !== undefined) return found;
  throw bad(option, `one of ${allowed.join(', ')}, not ${value}`);
}

/** As with dockerd, a subnet alone gives no IPv6; here that is refused instead. */
function parseBridge(values: { ipv6?: boolean; 'fixed-cidr-v6'?: string }): DefaultBridge {
  const subnet = values['fixed-cidr-v6'];
  if (values.ipv6) return { ipv6: { subnet } };
  if (subnet !== undefined)
    throw bad('--fixed-cidr-v6', 'it says where addresses of --ipv6 are taken from, which is missing');
  return { ipv6: undefined };
}

function minutes(option: string, text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw bad(option, `a number of minutes, not ${text}`);
}
