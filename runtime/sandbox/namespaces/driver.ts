import { access, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { unsupported } from '../../errors.ts';
import type { ChildReaper } from '../../os/child-reaper.ts';
import { DETACH, unmount } from '../../os/syscalls.ts';
import { groupOn } from '../cgroup-name.ts';
import { checkRoot } from '../check-root.ts';
import { checkUser } from '../check-user.ts';
import { DEFAULT_SHM_SIZE, defaultMounts } from '../defaults.ts';
import { enterContainer } from '../enter/enter.ts';
import type { EnteredContainer } from '../enter/plan.ts';
import { cgroupNamespace, machineFeatures } from '../features.ts';
import { findDevices, type HostDevice } from '../host-devices.ts';
import type { NamespacePath, RunConfig } from '../init/config.ts';
import { boundedOomScore, clampUlimits, type Machine, oomScoreOf } from '../machine.ts';
import { probeByRunning } from '../probe.ts';
import { ProcessDriver } from '../process-driver.ts';
import { RunningSandboxes } from '../running.ts';
import type { ExecOptions, Probe, ProcessSpec, SandboxDriver, SandboxProcess, SandboxSpec } from '../sandbox.ts';
import { furtherProcess } from '../started-process.ts';
import { checkSysctls } from '../sysctls.ts';
import { cgroupMounts } from './cgroup-mounts.ts';
import { launch } from './launch.ts';
import { mountOwnProgram } from './own-program.ts';

export interface NamespacesDriverOptions {
  /** A folder of the driver's own. */
  readonly stateRoot: string;
  readonly reaper: ChildReaper;
  readonly machine: Machine;
  /** The bundled `dist/sandbox-init.js`. */
  readonly initPath: string;
}

/** Of new files, as the init sets it. */
const UMASK = 0o022;

/** Isolation by util-linux and an init of our own: no OCI runtime needed, no filter on system calls. */
export class NamespacesDriver extends ProcessDriver implements SandboxDriver {
  readonly name = 'namespaces';
  #program: Promise<string> | undefined;

  constructor(readonly options: NamespacesDriverOptions) {
    super(new RunningSandboxes(join(options.stateRoot, 'sandboxes'), options.machine), options.reaper);
  }

  async probe(signal?: AbortSignal): Promise<Probe> {
    const features = machineFeatures(this.options.machine, false);
    return probeByRunning(this, { label: 'unshare', stateRoot: this.options.stateRoot, features }, signal);
  }

  async run(spec: SandboxSpec, signal?: AbortSignal): Promise<SandboxProcess> {
    checkUser(this.options.machine, spec.process.user);
    await checkRoot(spec.rootfs);
    await checkSysctls(spec);
    const devices = await findDevices(spec);
    await this.running.reserve(spec.id, groupOn(this.options.machine, 'cgroupfs', spec).path);
    const cgroup = this.running.cgroup(spec.id);
    try {
      await access(this.options.initPath);
      await cgroup.create(spec.limits);
      const started = await launch({
        command: [...this.#unshare(spec), ...(await this.#init())],
        config: this.#runConfig(spec, devices),
        holder: await this.holder(spec.id, spec.keeping),
        admit: (pid) => cgroup.add(pid),
        reaper: this.options.reaper,
        signal,
      });
      return await this.asFirst(spec.id, started);
    } catch (error) {
      await this.remove(spec.id);
      throw error;
    }
  }

  async exec(id: string, spec: ProcessSpec, options?: ExecOptions, signal?: AbortSignal): Promise<SandboxProcess> {
    const first = this.running.pid(id);
    checkUser(this.options.machine, spec.user);
    const namespace = (type: NamespacePath['type'], file: string): NamespacePath => ({
      type,
      path: `/proc/${first}/ns/${file}`,
    });
    const [ownsCgroups, oomScoreAdj] = await Promise.all([hasOwn(first, 'cgroup'), oomScoreOf(first)]);
    const capabilities = options?.privileged ? this.options.machine.capabilities : this.#bounded(spec.capabilities);
    const ulimits = clampUlimits(this.options.machine, spec.ulimits ?? []);
    if (options?.keeping !== undefined) {
      const process = { ...spec, capabilities, ulimits };
      const container = { ...this.#entered(id, ownsCgroups), oomScoreAdj };
      const entered = await enterContainer({ container, process }, options.keeping, signal);
      if (entered !== undefined) return furtherProcess(entered);
    }
    const cgroup = this.running.cgroup(id);
    const started = await launch({
      command: ['nsenter', `--pid=/proc/${first}/ns/pid`, '--', ...(await this.#init())],
      config: {
        task: 'exec',
        process: spec,
        capabilities,
        ulimits,
        oomScoreAdj,
        join: [
          namespace('ipc', 'ipc'),
          namespace('uts', 'uts'),
          ...(ownsCgroups ? [namespace('cgroup', 'cgroup')] : []),
          namespace('network', 'net'),
          namespace('mount', 'mnt'),
        ],
      },
      holder: await this.holder(id, options?.keeping),
      admit: (pid) => cgroup.add(pid),
      reaper: this.options.reaper,
      signal,
    });
    return furtherProcess(started);
  }

  async dispose(): Promise<void> {
    const program = await this.#program;
    this.#program = undefined;
    if (program !== undefined) unmount(program, DETACH);
  }

  async #init(): Promise<string[]> {
    this.#program ??= mountOwnProgram(join(this.options.stateRoot, 'program'));
    return [await this.#program, this.options.initPath];
  }

  #bounded(capabilities: readonly string[]): string[] {
    return capabilities.filter((name) => this.options.machine.capabilities.includes(name));
  }

  #entered(id: string, ownsCgroups: boolean): EnteredContainer {
    const { folders } = this.running.cgroup(id);
    const { version } = this.options.machine.groups;
    return {
      identity: this.running.identity(id),
      namespaces: ['ipc', 'uts', 'network', ...(ownsCgroups ? (['cgroup'] as const) : []), 'mount', 'pid'],
      tasks: version === 1 ? folders.map((folder) => join(folder, 'tasks')) : [],
      cgroup: version === 2 ? folders[0] : undefined,
      umask: UMASK,
    };
  }

  #unshare({ namespaces }: SandboxSpec): string[] {
    const { pid } = namespaces;
    const fresh = [
      '--mount',
      ...(namespaces.network === 'private' ? ['--net'] : []),
      ...(namespaces.ipc === 'private' ? ['--ipc'] : []),
      ...(namespaces.uts === 'private' ? ['--uts'] : []),
      ...(pid === 'private' ? ['--pid'] : []),
    ];
    // In each case there is a process between the daemon and the init, which the daemon then inherits.
    const unshare = ['unshare', ...fresh, '--propagation', 'slave', '--fork'];
    return typeof pid === 'string' ? unshare : ['nsenter', `--pid=${pid.path}`, '--no-fork', '--', ...unshare];
  }

  #runConfig(spec: SandboxSpec, devices: readonly HostDevice[]): Omit<RunConfig, 'consoleSocket'> {
    const { namespaces, privileged } = spec;
    const { machine } = this.options;
    const defaults = defaultMounts({
      shmSize: spec.shmSize ?? DEFAULT_SHM_SIZE,
      privileged,
      mountsProc: namespaces.pid !== 'host' || !machine.rootless,
      mountsSysfs: namespaces.network !== 'host' || !machine.rootless,
      ownsIpc: namespaces.ipc === 'private',
      ttyGroup: machine.ttyGroup,
      cgroup: false,
    });
    const replaced = new Set(spec.mounts.map((mount) => mount.destination));
    const join = (['network', 'ipc', 'uts'] as const).flatMap((type): NamespacePath[] => {
      const wanted = namespaces[type];
      return typeof wanted === 'string' ? [] : [{ type, path: wanted.path }];
    });
    if (spec.mounts.some((mount) => mount.type === 'cgroup')) {
      throw unsupported({ code: 'cgroup-mount', message: 'the namespaces sandbox mounts no control groups' });
    }
    return {
      task: 'run',
      process: spec.process,
      capabilities: privileged ? machine.capabilities : this.#bounded(spec.process.capabilities),
      ulimits: clampUlimits(machine, spec.process.ulimits ?? []),
      rootfs: spec.rootfs,
      readonlyRootfs: spec.readonlyRootfs,
      hostname: namespaces.uts === 'private' ? spec.hostname : undefined,
      domainname: spec.domainname,
      mounts: [
        ...defaults.filter((mount) => !replaced.has(mount.destination)),
        ...cgroupMounts(machine.groups, this.running.cgroupPath(spec.id), spec),
        ...spec.mounts,
      ],
      devices,
      maskedPaths: privileged ? [] : spec.maskedPaths,
      readonlyPaths: privileged ? [] : spec.readonlyPaths,
      sysctls: spec.sysctls,
      oomScoreAdj: boundedOomScore(machine, spec.oomScoreAdj),
      privileged,
      hidesCgroups: cgroupNamespace(spec, machine) === 'private',
      join,
    };
  }
}

/** Whether a process is in another namespace than this one. */
async function hasOwn(pid: number, type: 'cgroup'): Promise<boolean> {
  const of = (whose: number | 'self'): Promise<string> => readlink(`/proc/${whose}/ns/${type}`);
  return (await of(pid)) !== (await of('self'));
}
