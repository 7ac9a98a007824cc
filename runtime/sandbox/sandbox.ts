import type { Readable, Writable } from 'node:stream';
import type { ResourceLimits, ResourceUsage } from '../os/resources.ts';
import type { CgroupManager } from './cgroup-name.ts';
import type { CustomProfile } from './custom-profile.ts';
import type { HeldProcess } from './holder.ts';
import type { Keeping } from './keeper-holder.ts';

export type { BlockIoKind, BlockIoLimit, BlockIoWeight, ResourceLimits, ResourceUsage } from '../os/resources.ts';

/** A process to isolate (OCI runtime-spec config.md, Process). */
export interface ProcessSpec {
  readonly args: readonly string[];
  /** `NAME=value` each. */
  readonly env: readonly string[];
  /** Absolute path inside the container. */
  readonly cwd: string;
  readonly user: { readonly uid: number; readonly gid: number; readonly additionalGids: readonly number[] };
  readonly tty: boolean;
  /** Whether stdin stays open; otherwise it reads as empty. */
  readonly stdin: boolean;
  readonly consoleSize?: { readonly rows: number; readonly cols: number } | undefined;
  /** Effective, permitted and bounding set, as `CAP_CHOWN`. */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly ulimits?: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
}

export interface MountSpec {
  readonly destination: string;
  readonly type: 'bind' | 'tmpfs' | 'proc' | 'sysfs' | 'devpts' | 'mqueue' | 'cgroup';
  readonly source: string;
  /** Mount options as in fstab: `ro`, `nosuid`, `rbind`, `rprivate`, `size=65536k`; the OCI's `rro` where the driver has it. */
  readonly options: readonly string[];
}

/** A namespace of the container: its own, the host's, or the one at a path such as `/proc/123/ns/net`. */
export type NamespaceSpec = 'private' | 'host' | { readonly path: string };

/** Lets processes read, write or make (`rwm`) devices of a kind; without numbers, all of it. */
export interface DeviceRule {
  readonly allow: boolean;
  readonly type?: 'c' | 'b' | 'a' | undefined;
  readonly major?: number | undefined;
  readonly minor?: number | undefined;
  readonly access: string;
}

/** Everything a driver needs to run one container; nothing of Docker's API is left in it. */
export interface SandboxSpec {
  /** Unique; `[a-zA-Z0-9_.-]+`. */
  readonly id: string;
  /** Absolute path of the mounted root file system. */
  readonly rootfs: string;
  readonly readonlyRootfs: boolean;
  readonly hostname: string;
  readonly domainname?: string | undefined;
  readonly process: ProcessSpec;
  /** Beyond the default /proc, /sys, /dev and their kind, which every driver mounts itself. */
  readonly mounts: readonly MountSpec[];
  /** Bytes of /dev/shm; 64 MiB where undefined, and no /dev/shm at all where 0. */
  readonly shmSize?: number | undefined;
  readonly namespaces: {
    readonly network: NamespaceSpec;
    readonly pid: NamespaceSpec;
    readonly ipc: NamespaceSpec;
    readonly uts: NamespaceSpec;
    /** Whether it sees the path of its control group; by default not where those are of version 2, as with dockerd. */
    readonly cgroup: CgroupNamespace | 'default';
  };
  readonly limits: ResourceLimits;
  readonly privileged: boolean;
  readonly seccomp: 'default' | 'unconfined' | CustomProfile;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
  /** For who watches the runtime; nothing is done with them. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly devices: readonly {
    readonly pathOnHost: string;
    readonly pathInContainer: string;
    readonly permissions: string;
  }[];
  /** Further rules of which devices may be opened, where the driver has such rules. */
  readonly deviceRules?: readonly DeviceRule[] | undefined;
  /** The control group below which the sandbox's own is made, absolute; the engine's where undefined. */
  readonly cgroupParent?: string | undefined;
  readonly oomScoreAdj?: number | undefined;
  /** How its first process is kept beyond the daemon's life; it ends with the daemon where undefined. */
  readonly keeping?: Keeping | undefined;
}

/** How a process is added to a sandbox. */
export interface ExecOptions {
  readonly privileged?: boolean | undefined;
  readonly keeping?: Keeping | undefined;
}

export interface Exit {
  /** 0–255; 128 + n for a process that signal n ended. */
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** When it ended, milliseconds since the epoch. */
  readonly at: number;
}

/** A process inside a sandbox, with its streams. The streams end when the last holder of their other side closes. */
export interface SandboxProcess {
  /** In the daemon's pid namespace. */
  readonly pid: number;
  readonly stdin: Writable | undefined;
  /** With a tty, everything the terminal shows. */
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
  /** Sets the terminal's size; no effect without a tty. */
  resize(rows: number, cols: number): void;
  /** Whether stdout and stderr are to carry what the process writes, where its keeper can do without. */
  readonly listen?: ((whether: 'on' | 'off') => void) | undefined;
  /** Resolves once, when the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
}

export type CgroupNamespace = 'private' | 'host';

/** What one driver can honour on this machine: what it cannot becomes a warning at create. */
export interface SandboxFeatures {
  /** Whether a container is kept from the machine's processes and files, and not only shown another root folder. */
  readonly isolation: boolean;
  readonly memoryLimit: boolean;
  readonly swapLimit: boolean;
  readonly cpuLimit: boolean;
  readonly cpuset: boolean;
  readonly pidsLimit: boolean;
  readonly memoryReservation: boolean;
  readonly memorySwappiness: boolean;
  readonly oomKillDisable: boolean;
  readonly blockIoWeight: boolean;
  readonly blockIoThrottle: boolean;
  readonly deviceRules: boolean;
  /** Who makes the sandboxes' control groups; `none` where they have none. */
  readonly cgroupManager: CgroupManager | 'none';
  /** What containers have where nobody asks for another. */
  readonly cgroupNamespace: CgroupNamespace;
  readonly freezer: boolean;
  readonly seccomp: boolean;
  readonly networkNamespace: boolean;
  /** Whether the kernel's domain name (`domainname`) of a container can be set. */
  readonly domainName: boolean;
  /** Whether devices can be opened by nodes that a container makes itself (`mknod`). */
  readonly ownDeviceNodes: boolean;
  /** What a container that is not privileged can have at most. */
  readonly capabilities: readonly string[];
  /** The highest limit of each resource that the engine can give, by Docker's names; of those that are not here, any. */
  readonly highestUlimits: Readonly<Record<string, number>>;
  readonly lowestOomScore: number;
  /** Whether a bind can be read-only with all that is mounted below its source (`rro`). */
  readonly recursiveReadonly: boolean;
}

export interface Probe {
  readonly works: boolean;
  /** One sentence: why it works, or what forbids it and what would change that. */
  readonly reason: string;
  readonly features: SandboxFeatures;
}

/**
 * One way of isolating processes. `run` makes the sandbox and starts its first process; `exec` adds one to it; when the
 * first process has exited, `remove` clears cgroups and state. Errors: EngineError `invalid` with code
 * `command-not-found` (Docker's exit 127) or `command-not-executable` (126) where the program cannot be started,
 * `not-found` for an unknown id, `conflict` for one that is taken or not running, `unsupported` for what the driver lacks.
 */
export interface SandboxDriver {
  readonly name: 'oci' | 'namespaces' | 'chroot';
  /** Tries a real run of something trivial. Never throws. */
  probe(signal?: AbortSignal): Promise<Probe>;
  /** Resolves once the program has been executed, so that a missing one is an error here. */
  run(spec: SandboxSpec, signal?: AbortSignal): Promise<SandboxProcess>;
  exec(id: string, process: ProcessSpec, options?: ExecOptions, signal?: AbortSignal): Promise<SandboxProcess>;
  /** Takes over a sandbox of this driver that an earlier daemon has left, whose first process a keeper holds. */
  adopt(id: string, first: HeldProcess, rootfs: string): Promise<SandboxProcess>;
  /** Sends a signal by number to the first process (or with `all`, to every process). */
  kill(id: string, signal: number, options?: { readonly all?: boolean }): Promise<void>;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  update(id: string, limits: ResourceLimits): Promise<void>;
  usage(id: string): Promise<ResourceUsage>;
  /** Process ids in the daemon's pid namespace. */
  pids(id: string): Promise<number[]>;
  /** Kills whatever is left and removes state and cgroups. An unknown id is no error. */
  remove(id: string): Promise<void>;
  /** Ids of all sandboxes that this driver knows, for recovery after a crash. */
  list(): Promise<string[]>;
  /** Gives up what the driver itself holds, once no sandbox is left. */
  dispose?(): Promise<void>;
}
