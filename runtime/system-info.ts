import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { arch, cpus, hostname, release, totalmem } from 'node:os';
import type { SystemInfo } from './api/shapes/system.ts';
import type { SystemBackend } from './api/system.ts';
import { diskUsage } from './disk-usage.ts';
import type { Engine } from './engine.ts';
import { hasErrno } from './os/errno.ts';
import { systemWarnings } from './system-warnings.ts';
import { VERSION } from './version.ts';

const GO_ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm' };
const KERNEL_ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', arm: 'armv7l' };

/** What the engine says of itself and of the machine. */
export function systemBackend(engine: Engine): SystemBackend {
  const { label } = engine.sandbox.tried.at(-1) ?? { label: engine.sandbox.driver.name };
  return {
    version: VERSION,
    kernel: release(),
    architecture: GO_ARCHITECTURE[arch()] ?? arch(),
    components: [
      { name: 'sandbox', version: label },
      { name: 'storage', version: engine.snapshots.snapshotter.name },
      { name: 'node', version: process.versions.node },
    ],
    info: () => info(engine, label),
    diskUsage: (kinds) => diskUsage(engine, kinds),
  };
}

async function info(engine: Engine, sandbox: string): Promise<SystemInfo> {
  const { features } = engine.sandbox.probe;
  const { cgroups, rootless } = engine.sandbox.machine;
  const all = engine.containers.index.all();
  const count = (...states: readonly string[]): number =>
    all.filter(({ state }) => states.includes(state.status)).length;
  const { options } = engine;
  const networks = await engine.networks.abilities();
  const warnings = [
    ...systemWarnings(features, cgroups.version),
    ...networks.obstacles.map((obstacle) => `WARNING: ${obstacle}`),
  ];
  return {
    ID: createHash('sha256').update(engine.options.root).digest('hex'),
    Containers: all.length,
    ContainersRunning: count('running', 'restarting'),
    ContainersPaused: count('paused'),
    ContainersStopped: count('created', 'exited', 'dead'),
    Images: engine.images.list({ all: true }).length,
    Driver: engine.snapshots.snapshotter.name === 'overlay' ? 'overlay2' : 'vfs',
    DriverStatus: [['Choice', engine.snapshots.reason]],
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'null'],
      Authorization: null,
      Log: ['json-file', 'local', 'none'],
    },
    MemoryLimit: features.memoryLimit,
    SwapLimit: features.swapLimit,
    CpuCfsPeriod: features.cpuLimit,
    CpuCfsQuota: features.cpuLimit,
    CPUShares: features.cpuLimit,
    CPUSet: features.cpuset,
    PidsLimit: features.pidsLimit,
    OomKillDisable: features.oomKillDisable,
    IPv4Forwarding: true,
    Debug: false,
    NFd: 0,
    NGoroutines: 0,
    NEventsListener: engine.events.listeners,
    SystemTime: new Date().toISOString(),
    LoggingDriver: 'json-file',
    CgroupDriver: features.cgroupManager,
    CgroupVersion: String(cgroups.version || 1),
    KernelVersion: release(),
    OperatingSystem: await operatingSystem(),
    OSVersion: '',
    OSType: 'linux',
    Architecture: KERNEL_ARCHITECTURE[arch()] ?? arch(),
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: {
      InsecureRegistryCIDRs: ['127.0.0.0/8'],
      IndexConfigs: {
        'docker.io': { Name: 'docker.io', Mirrors: options.registryMirrors, Secure: true, Official: true },
        ...Object.fromEntries(
          options.insecureRegistries.map((name) => [name, { Name: name, Mirrors: [], Secure: false, Official: false }]),
        ),
      },
      Mirrors: options.registryMirrors,
    },
    NCPU: cpus().length,
    MemTotal: totalmem(),
    GenericResources: null,
    DockerRootDir: options.root,
    HttpProxy: process.env.HTTP_PROXY ?? '',
    HttpsProxy: process.env.HTTPS_PROXY ?? '',
    NoProxy: process.env.NO_PROXY ?? '',
    Name: hostname(),
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: VERSION,
    Runtimes: { [sandbox]: { path: sandbox } },
    DefaultRuntime: sandbox,
    Swarm: {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      Error: '',
      RemoteManagers: null,
    },
    LiveRestoreEnabled: false,
    Isolation: '',
    InitBinary: '',
    SecurityOptions: [
      ...(features.seccomp ? ['name=seccomp,profile=default'] : []),
      ...(rootless ? ['name=rootless'] : []),
    ],
    FirewallBackend: { Driver: networks.firewall },
    Warnings: warnings.length > 0 ? warnings : null,
  };
}

async function operatingSystem(): Promise<string> {
  try {
    const text = await readFile('/etc/os-release', 'utf8');
    return /^PRETTY_NAME="?(.*?)"?$/m.exec(text)?.[1] ?? 'Linux';
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return 'Linux';
    throw error;
  }
}
