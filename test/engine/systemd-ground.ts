import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { type CommandResult, command, type Launcher } from './real-daemon.ts';

const HIERARCHIES = '/sys/fs/cgroup';
const PATIENCE = { timeout: 20_000, interval: 50 };

/**
 * What systemd needs to be process 1: namespaces of its own, hierarchies of control groups that begin at a group of its own, and
 * a /run of its own with a single unit, so that it does nothing to the machine.
 */
const INSIDE = `
all=$(ls ${HIERARCHIES})
mount -t tmpfs tmpfs ${HIERARCHIES}
for name in $all; do
  mkdir ${HIERARCHIES}/$name
  case $name in
    unified) mount -t cgroup2 none ${HIERARCHIES}/$name ;;
    systemd) mount -t cgroup -o none,name=systemd none ${HIERARCHIES}/$name ;;
    *) mount -t cgroup -o $name none ${HIERARCHIES}/$name ;;
  esac
done
mount -t tmpfs tmpfs /run
mkdir -p /run/units
printf '[Unit]\\nDefaultDependencies=no\\n' > /run/units/test.target
export container=lapstrake SYSTEMD_UNIT_PATH=/run/units
exec /lib/systemd/systemd --system --unit=test.target --log-target=console --log-level=warning --show-status=no
`;

/** Moves the shell into the group of that name in every hierarchy, and makes it where it is not there. */
const JOIN = `
for hierarchy in ${HIERARCHIES}/*/; do
  mkdir -p $hierarchy$1
  if [ -e $hierarchy$1/cpuset.cpus ]; then
    for file in cpuset.cpus cpuset.mems; do cat $hierarchy$file > $hierarchy$1/$file; done
  fi
  echo $$ > $hierarchy$1/cgroup.procs
done
`;

/** A systemd that manages control groups, on a machine that has none. */
export class OwnSystemd implements AsyncDisposable {
  readonly #group = `lapstrake-systemd-${process.pid}`;
  readonly #child: ChildProcess;
  #pid = '';

  private constructor() {
    const script = `${JOIN}exec unshare --pid --fork --mount --mount-proc --uts --ipc --cgroup --kill-child sh -ec "$2"`;
    this.#child = spawn('sh', ['-ec', script, 'sh', this.#group, INSIDE], { stdio: 'ignore' });
  }

  /** Whether it can be had here: root, systemd's program, and version 1 of the hierarchies. */
  static async isPossible(): Promise<boolean> {
    const paths = ['/lib/systemd/systemd', join(HIERARCHIES, 'systemd'), join(HIERARCHIES, 'memory')];
    const found = await Promise.all(paths.map((path) => lstat(path).catch(() => undefined)));
    return process.getuid?.() === 0 && !found.includes(undefined);
  }

  static async start(): Promise<OwnSystemd> {
    const systemd = new OwnSystemd();
    try {
      await systemd.#ready();
    } catch (error) {
      await systemd[Symbol.asyncDispose]();
      throw error;
    }
    return systemd;
  }

  async #ready(): Promise<void> {
    const { pid } = this.#child;
    // The shell has become `unshare`, which waits for systemd.
    await vi.waitFor(async () => {
      expect(await readFile(`/proc/${pid}/comm`, 'utf8')).toBe('unshare\n');
      this.#pid = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
      expect(this.#pid).toMatch(/^\d+$/);
    }, PATIENCE);
    await vi.waitFor(async () => {
      expect((await this.systemctl('is-system-running')).stdout).toBe('running\n');
    }, PATIENCE);
  }

  systemctl(...args: readonly string[]): Promise<CommandResult> {
    return command('nsenter', [...this.#into, 'systemctl', '--no-pager', ...args]);
  }

  /** Starts a daemon beside it, in its namespaces and control groups. */
  readonly launcher: Launcher = async ({ file, args, env }) => {
    const wait = 'trap "pkill -TERM -P $!" TERM; wait $!; wait $!';
    const script = `${JOIN}shift; nsenter "$@" & ${wait}`;
    return { file: 'sh', args: ['-c', script, 'sh', this.#group, ...this.#into, file, ...args], env };
  };

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
    for (const name of await readdir(HIERARCHIES)) {
      // A process that was killed leaves its group only when it is reaped.
      await vi.waitFor(() => removeGroup(join(HIERARCHIES, name, this.#group)), PATIENCE);
    }
  }

  get #into(): readonly string[] {
    return ['-t', this.#pid, '--mount', '--pid', '--cgroup'];
  }
}

async function removeGroup(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await removeGroup(join(folder, entry.name));
  await rmdir(folder);
}
