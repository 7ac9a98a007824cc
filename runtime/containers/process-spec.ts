import type { ContainerConfig } from '../../protocol/engine/container-config.ts';
import type { HostConfig } from '../../protocol/engine/host-config.ts';
import type { ProcessSpec } from '../sandbox/sandbox.ts';
import { capabilitySet } from './capability-set.ts';
import { commandLine, mergeEnv } from './merge-config.ts';
import { parseSecurityOptions } from './security-options.ts';
import { resolveUser } from './user.ts';

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The first process of a container, with its user found in the mounted root. */
export async function containerProcess(
  rootfs: string,
  config: ContainerConfig,
  hostConfig: HostConfig,
  /** Variables that come before the container's own. */
  linked: readonly string[] = [],
): Promise<ProcessSpec> {
  const user = await resolveUser(rootfs, config.User, hostConfig.GroupAdd);
  const [rows = 0, cols = 0] = hostConfig.ConsoleSize;
  const base = [
    PATH,
    `HOSTNAME=${config.Hostname}`,
    ...(config.Tty ? ['TERM=xterm'] : []),
    `HOME=${user.home}`,
    ...linked,
  ];
  return {
    args: commandLine(config),
    env: withValues(mergeEnv(base, config.Env)),
    cwd: config.WorkingDir || '/',
    user,
    tty: config.Tty,
    stdin: config.OpenStdin,
    ...(config.Tty && rows > 0 && { consoleSize: { rows, cols } }),
    capabilities: capabilitySet(hostConfig.CapAdd, hostConfig.CapDrop, hostConfig.Privileged),
    noNewPrivileges: parseSecurityOptions(hostConfig.SecurityOpt).noNewPrivileges,
    ulimits: hostConfig.Ulimits.map(({ Name, Soft, Hard }) => ({ name: Name, soft: Soft, hard: Hard })),
  };
}

function withValues(variables: readonly string[]): string[] {
  return variables.filter((each) => each.includes('='));
}

/** What an exec says about its process. */
export interface ExecWishes {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly user: string;
  readonly cwd: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly consoleSize: readonly number[] | undefined;
}

/** A further process of a running container: the container's own, but for what the exec says. */
export async function execProcess(
  rootfs: string,
  config: ContainerConfig,
  hostConfig: HostConfig,
  wishes: ExecWishes,
): Promise<ProcessSpec> {
  const own = await containerProcess(
    rootfs,
    { ...config, User: wishes.user || config.User, Tty: wishes.tty },
    hostConfig,
  );
  const [rows, cols] = wishes.consoleSize ?? [];
  const { consoleSize: _ofContainer, ...rest } = own;
  return {
    ...rest,
    args: wishes.args,
    env: withValues(mergeEnv(own.env, wishes.env)),
    cwd: wishes.cwd || own.cwd,
    stdin: wishes.stdin,
    ...(wishes.tty && rows !== undefined && cols !== undefined && { consoleSize: { rows, cols } }),
  };
}
