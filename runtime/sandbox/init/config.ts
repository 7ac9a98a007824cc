import type { MountSpec, ProcessSpec } from '../sandbox.ts';

/** What the init is told before it becomes the container's program; JSON on descriptor 3, one line. */
export type InitConfig = RunConfig | ExecConfig | ChrootConfig;

interface Common {
  readonly process: ProcessSpec;
  /** Bounded already by what the daemon has. */
  readonly capabilities: readonly string[];
  readonly ulimits: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
  /** Where to send the terminal, for a process that has one. */
  readonly consoleSocket: string | undefined;
}

/** The first process: makes the root, then executes. */
export interface RunConfig extends Common {
  readonly task: 'run';
  readonly rootfs: string;
  readonly readonlyRootfs: boolean;
  /** Undefined where the host's UTS namespace is shared. */
  readonly hostname: string | undefined;
  readonly domainname: string | undefined;
  /** In order, the defaults first. */
  readonly mounts: readonly MountSpec[];
  readonly devices: readonly { readonly pathOnHost: string; readonly pathInContainer: string }[];
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly oomScoreAdj: number | undefined;
  readonly privileged: boolean;
  /** Whether it gets a namespace of control groups, once it is in its own. */
  readonly hidesCgroups: boolean;
  /** Namespaces to join before anything else. */
  readonly join: readonly NamespacePath[];
}

/** A further process: joins the namespaces of the first one, then executes. */
export interface ExecConfig extends Common {
  readonly task: 'exec';
  readonly oomScoreAdj: number;
  readonly join: readonly NamespacePath[];
}

/** A process that only has another root: nothing is mounted, nothing is hidden. */
export interface ChrootConfig extends Common {
  readonly task: 'chroot';
  readonly rootfs: string;
  /** Whether it is the container's first process, whose working directory is made. */
  readonly isFirst: boolean;
  readonly oomScoreAdj: number | undefined;
  readonly join: readonly NamespacePath[];
}

export interface NamespacePath {
  readonly type: 'mount' | 'network' | 'ipc' | 'uts' | 'cgroup';
  readonly path: string;
}

/** From the init, JSON lines on descriptor 4. It waits for a second line on 3 after `ready`; the end without an error is success. */
export type InitReport =
  | { readonly ready: true /** In the pid namespace of the daemon's /proc. */; readonly pid: number }
  | { readonly problem: InitProblem };

export interface InitProblem {
  readonly kind: 'command-not-found' | 'command-not-executable' | 'failed';
  readonly message: string;
}

export const CONFIG_FD = 3;
export const REPORT_FD = 4;
