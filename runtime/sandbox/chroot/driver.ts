import { constants } from 'node:fs';
import { copyFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type EngineError, invalid, unsupported } from '../../errors.ts';
import type { ChildReaper } from '../../os/child-reaper.ts';
import { hasErrno } from '../../os/errno.ts';
import { machineBounds, NO_FEATURES } from '../features.ts';
import type { HeldProcess, Holder } from '../holder.ts';
import type { ChrootConfig } from '../init/config.ts';
import { resolveInRoot } from '../init/resolve-in-root.ts';
import { boundedOomScore, clampUlimits, type Machine, oomScoreOf } from '../machine.ts';
import { MISFIT } from '../misfit.ts';
import { launch } from '../namespaces/launch.ts';
import { probeByRunning } from '../probe.ts';
import { ProcessDriver } from '../process-driver.ts';
import { RunningSandboxes, readIfThere, sendSignal } from '../running.ts';
import type {
  ExecOptions,
  MountSpec,
  Probe,
  ProcessSpec,
  SandboxDriver,
  SandboxProcess,
  SandboxSpec,
} from '../sandbox.ts';
import { furtherProcess } from '../started-process.ts';
import { processesInRoot } from './processes-in-root.ts';

export interface ChrootDriverOptions {
  readonly stateRoot: string;
  readonly reaper: ChildReaper;
  readonly machine: Machine;
  /** The bundled `dist/sandbox-init.js`. */
  readonly initPath: string;
}

/** With these, root leaves its root folder: by a second chroot, or by a node of the disk, which no device rules forbid here. */
const WAYS_OUT: readonly string[] = ['CAP_MKNOD', 'CAP_SYS_CHROOT'];

const KILL = 9;
/** How often is looked for processes that others have started just before their own end. */
const KILL_ROUNDS = 20;

const isNoWayOut = (capability: string): boolean => !WAYS_OUT.includes(capability);

/**
 * The last resort, where no namespaces are allowed: another root folder and fewer capabilities. NOT an isolation: the
 * processes, the network and, for root, the machine are the host's. Folders cannot be bound; files are copied in.
 */
export class ChrootDriver extends ProcessDriver implements SandboxDriver {
  readonly name = 'chroot';
  readonly #roots = new Map<string, string>();

  constructor(readonly options: ChrootDriverOptions) {
    const machine: Machine = { ...options.machine, groups: { version: 0 } };
    super(new RunningSandboxes(join(options.stateRoot, 'sandboxes'), machine), options.reaper);
  }

  async probe(signal?: AbortSignal): Promise<Probe> {
    const bounds = machineBounds(this.options.machine);
    const features = { ...NO_FEATURES, ...bounds, capabilities: bounds.capabilities.filter(isNoWayOut) };
    const of = { label: 'chroot', stateRoot: this.options.stateRoot, features };
    const probe = await probeByRunning(this, of, signal);
    // An empty root has no program: that the init got as far as looking for it is what counts.
    if (!/exec: "\/bin\/true"/.test(probe.reason)) return probe;
    return { works: true, reason: 'chroot works; it isolates nothing but files', features };
  }

  async run(spec: SandboxSpec, signal?: AbortSignal): Promise<SandboxProcess> {
    await this.running.reserve(spec.id);
    this.#roots.set(spec.id, spec.rootfs);
    try {
      await writeFile(this.#rootFile(spec.id), spec.rootfs);
      await copyMounts(spec);
      const holder = await this.holder(spec.id, spec.keeping);
      const rights = spec.privileged ? 'all' : 'without-ways-out';
      const first = { isFirst: true, oomScoreAdj: boundedOomScore(this.options.machine, spec.oomScoreAdj) };
      return await this.asFirst(
        spec.id,
        await this.#start({ ...first, rootfs: spec.rootfs, process: spec.process }, holder, rights, signal),
      );
    } catch (error) {
      await this.remove(spec.id);
      throw error;
    }
  }

  async exec(id: string, spec: ProcessSpec, options?: ExecOptions, signal?: AbortSignal): Promise<SandboxProcess> {
    const first = this.running.pid(id);
    const holder = await this.holder(id, options?.keeping);
    const rights = options?.privileged ? 'all' : 'without-ways-out';
    const further = { isFirst: false, oomScoreAdj: await oomScoreOf(first) };
    const rootfs = this.#roots.get(id) ?? '/';
    return furtherProcess(await this.#start({ ...further, rootfs, process: spec }, holder, rights, signal));
  }

  override adopt(id: string, first: HeldProcess, rootfs: string): Promise<SandboxProcess> {
    this.#roots.set(id, rootfs);
    return super.adopt(id, first, rootfs);
  }

  /** What was added to a container, and what its processes left behind, are its own, too. */
  override async pids(id: string): Promise<number[]> {
    const [family, inRoot] = await Promise.all([super.pids(id), this.#inRoot(id)]);
    return [...new Set([...family, ...inRoot])];
  }

  override async kill(id: string, signal: number, options?: { readonly all?: boolean }): Promise<void> {
    const first = this.running.pid(id);
    const others = options?.all ? (await this.pids(id)).filter((pid) => pid !== first) : [];
    await super.kill(id, signal);
    for (const pid of others) sendSignal(pid, signal);
  }

  /** No kernel ends them with the first process. */
  override async remove(id: string): Promise<void> {
    for (let round = 0; round < KILL_ROUNDS; round++) {
      const left = await this.#inRoot(id);
      if (left.length === 0) break;
      for (const pid of left) sendSignal(pid, KILL);
    }
    await super.remove(id);
    this.#roots.delete(id);
  }

  async #inRoot(id: string): Promise<number[]> {
    const rootfs = this.#roots.get(id) ?? (await readIfThere(this.#rootFile(id)));
    return rootfs === undefined ? [] : processesInRoot(rootfs);
  }

  /** By which a later daemon finds the processes of one that ended unseen. */
  #rootFile(id: string): string {
    return join(this.running.folder(id), 'root');
  }

  #start(
    what: Pick<ChrootConfig, 'isFirst' | 'oomScoreAdj' | 'rootfs' | 'process'>,
    holder: Holder,
    rights: 'all' | 'without-ways-out',
    signal?: AbortSignal,
  ): Promise<HeldProcess> {
    const { machine, reaper, initPath } = this.options;
    const { capabilities, ulimits = [] } = what.process;
    const given = rights === 'all' ? capabilities : capabilities.filter(isNoWayOut);
    const config: Omit<ChrootConfig, 'consoleSocket'> = {
      task: 'chroot',
      ...what,
      capabilities: given.filter((name) => machine.capabilities.includes(name)),
      ulimits: clampUlimits(machine, ulimits),
      join: [],
    };
    return launch({
      command: ['setsid', '--fork', process.execPath, initPath],
      config,
      holder,
      admit: async () => {},
      reaper,
      signal,
    });
  }
}

async function copyMounts(spec: SandboxSpec): Promise<void> {
  for (const mount of spec.mounts) {
    if (mount.type === 'bind' && (await stat(mount.source)).isFile()) {
      const target = resolveInRoot(spec.rootfs, mount.destination);
      if (await isFolder(target)) throw misfit(mount);
      await mkdir(dirname(target), { recursive: true });
      // What the image has there may be a pipe, or a file with other names.
      await rm(target, { force: true });
      await copyFile(mount.source, target, constants.COPYFILE_EXCL);
    } else if (spec.id.startsWith('probe-') === false) {
      throw unsupported({
        code: 'mount-unsupported',
        message: `the chroot sandbox cannot mount ${mount.destination}: it makes no mounts`,
        subject: mount.destination,
        remedies: ['Copy the files into the image', 'Run the engine where mounts are allowed'],
      });
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

function misfit({ source, destination }: MountSpec): EngineError {
  return invalid({
    code: 'mount-misfit',
    message: `error mounting "${source}" to rootfs at "${destination}": not a directory: ${MISFIT}`,
    subject: destination,
  });
}
