import { readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { cancelled, internal } from '../../errors.ts';
import type { ChildReaper } from '../../os/child-reaper.ts';
import { runAny } from '../../os/spawn.ts';
import { type CgroupManager, groupOn } from '../cgroup-name.ts';
import { checkRoot } from '../check-root.ts';
import { checkUser } from '../check-user.ts';
import { machineFeatures } from '../features.ts';
import type { HeldProcess } from '../holder.ts';
import { findDevices } from '../host-devices.ts';
import type { Keeping } from '../keeper-holder.ts';
import type { Machine } from '../machine.ts';
import { probeByRunning } from '../probe.ts';
import { ProcessDriver } from '../process-driver.ts';
import { RunningSandboxes } from '../running.ts';
import type {
  ExecOptions,
  Probe,
  ProcessSpec,
  ResourceLimits,
  SandboxDriver,
  SandboxProcess,
  SandboxSpec,
} from '../sandbox.ts';
import { furtherProcess } from '../started-process.ts';
import { checkSysctls } from '../sysctls.ts';
import { untilAborted } from '../until-aborted.ts';
import { OciEntrance } from './entrance.ts';
import { hasRecursiveReadonly } from './recursive-readonly.ts';
import { lastError, startError } from './runtime-error.ts';
import { runtimeProcess, runtimeResources, runtimeSpec, writeSpec } from './runtime-spec.ts';

export interface OciDriverOptions {
  /** A folder of the driver's own; bundles and the runtime's state go below it. */
  readonly stateRoot: string;
  readonly reaper: ChildReaper;
  readonly machine: Machine;
  /** `runc`, `crun`, or a path. */
  readonly runtime: string;
  /** Who makes the control groups. */
  readonly manager: CgroupManager;
  /** Absolute path of the keeper's program; where undefined, each process is started by the runtime. */
  readonly keeper?: string | undefined;
}

/**
 * Isolation by an OCI runtime: runc or crun, called once to start a process and not needed while it runs. A further process of
 * a container is started without it where that comes to the same.
 */
export class OciDriver extends ProcessDriver implements SandboxDriver {
  readonly name = 'oci';
  readonly #entrance: OciEntrance | undefined;
  #execs = 0;

  constructor(readonly options: OciDriverOptions) {
    super(new RunningSandboxes(join(options.stateRoot, 'bundles'), options.machine), options.reaper);
    const { keeper, machine } = options;
    if (keeper !== undefined && isRunc(options.runtime)) {
      this.#entrance = new OciEntrance({ keeper, machine, running: this.running, runtimeRoot: this.#runtimeRoot });
    }
  }

  async probe(signal?: AbortSignal): Promise<Probe> {
    const { runtime, stateRoot, machine, manager } = this.options;
    const common = machineFeatures(machine, machine.seccomp);
    const features = {
      ...common,
      deviceRules: common.cgroupManager !== 'none' && !machine.rootless,
      // Of versions before runc 1.2 by a sysctl, which an ordinary user may not set.
      domainName: !machine.rootless,
      ownDeviceNodes: !machine.rootless,
      ...(common.cgroupManager !== 'none' && { cgroupManager: manager }),
    };
    const inspect = this.#entrance && ((process: SandboxProcess) => this.#entrance!.learnFilter(process, stateRoot));
    const probe = await probeByRunning(this, { label: runtime, stateRoot, features, inspect }, signal);
    if (!probe.works) return probe;
    // Asked of one that has shown that it answers.
    const recursiveReadonly = await hasRecursiveReadonly(runtime, release());
    return { ...probe, features: { ...features, recursiveReadonly } };
  }

  async run(spec: SandboxSpec, signal?: AbortSignal): Promise<SandboxProcess> {
    const { machine } = this.options;
    checkUser(machine, spec.process.user);
    await checkRoot(spec.rootfs);
    await checkSysctls(spec);
    const group = groupOn(machine, this.options.manager, spec);
    const bundle = await this.running.reserve(spec.id, group.path);
    try {
      const devices = await findDevices(spec);
      const config = runtimeSpec(this.#annotated(spec), machine, group.cgroupsPath, devices);
      await writeFile(join(bundle, 'config.json'), writeSpec(config));
      const command = ['run', '--bundle', bundle];
      return await this.asFirst(
        spec.id,
        await this.#start('create', spec.id, spec.process, command, spec.keeping, signal),
      );
    } catch (error) {
      await this.remove(spec.id);
      throw error;
    }
  }

  async exec(id: string, spec: ProcessSpec, options?: ExecOptions, signal?: AbortSignal): Promise<SandboxProcess> {
    this.running.pid(id);
    checkUser(this.options.machine, spec.user);
    const capabilities = options?.privileged ? this.options.machine.capabilities : spec.capabilities;
    const entered =
      options?.keeping && (await this.#entrance?.enter(id, { ...spec, capabilities }, options.keeping, signal));
    if (entered !== undefined) return furtherProcess(entered);
    const file = join(this.running.folder(id), `exec-${++this.#execs}.json`);
    await writeFile(file, writeSpec(runtimeProcess({ ...spec, capabilities }, this.options.machine)));
    try {
      return furtherProcess(await this.#start('exec', id, spec, ['exec', '--process', file], options?.keeping, signal));
    } finally {
      await rm(file, { force: true });
    }
  }

  /** systemd has to know of new limits, too: it sets those that it knows of again. */
  override async update(id: string, limits: ResourceLimits): Promise<void> {
    await super.update(id, limits);
    if (this.options.manager === 'cgroupfs') return;
    const file = join(this.running.folder(id), `update-${++this.#execs}.json`);
    await writeFile(file, JSON.stringify(runtimeResources(limits)));
    try {
      const { exitCode, stderr } = await runAny(this.options.runtime, [
        ...this.#common,
        'update',
        '--resources',
        file,
        id,
      ]);
      if (exitCode !== 0) {
        throw internal({
          code: 'update-failed',
          message: `systemd was not told of the limits of ${id}: ${stderr.trim()}`,
        });
      }
    } finally {
      await rm(file, { force: true });
    }
  }

  override async remove(id: string): Promise<void> {
    const known = this.options.manager === 'systemd' && (await isThere(join(this.#runtimeRoot, id)));
    await super.remove(id);
    // Without systemd the runtime's own `delete` would do no more, and take a process to do it.
    const deleted = known
      ? await runAny(this.options.runtime, [...this.#common, 'delete', '--force', id])
      : { exitCode: 0, stderr: '' };
    this.#entrance?.forget(id);
    await rm(join(this.#runtimeRoot, id), { recursive: true, force: true });
    if (deleted.exitCode !== 0) {
      throw internal({
        code: 'scope-not-deleted',
        message: `systemd may have kept the scope of ${id}: ${deleted.stderr.trim()}`,
        subject: id,
      });
    }
  }

  /** crun makes a group below systemd's scope, unless it is told not to: limits and figures are of the one that was asked for. */
  #annotated(spec: SandboxSpec): SandboxSpec {
    if (isRunc(this.options.runtime)) return spec;
    return { ...spec, annotations: { 'run.oci.systemd.subgroup': '', ...spec.annotations } };
  }

  get #runtimeRoot(): string {
    return join(this.options.stateRoot, 'runtime');
  }

  /** What the runtime is told each time. */
  get #common(): readonly string[] {
    return ['--root', this.#runtimeRoot, ...(this.options.manager === 'systemd' ? ['--systemd-cgroup'] : [])];
  }

  async #start(
    verb: 'create' | 'exec',
    id: string,
    spec: ProcessSpec,
    command: readonly string[],
    keeping: Keeping | undefined,
    signal?: AbortSignal,
  ): Promise<HeldProcess> {
    const { runtime, machine } = this.options;
    const run = join(this.running.folder(id), `${verb}-${++this.#execs}`);
    const [log, pidFile] = [`${run}.log`, `${run}.pid`];
    const holder = await this.holder(id, keeping);
    const args = [
      ...[runtime, ...this.#common, '--log', log, '--log-format', 'json'],
      ...(machine.rootless && isRunc(runtime) ? ['--rootless=true'] : []),
      ...command,
      ...['--detach', '--pid-file', pidFile],
      ...(spec.tty ? ['--console-socket', holder.consoleName] : []),
      id,
    ];
    // The runtime looks for it from the bundle's folder, and the path of a socket is short.
    if (spec.tty && verb === 'create' && holder.folder !== this.running.folder(id)) {
      await symlink(join(holder.folder, holder.consoleName), join(this.running.folder(id), holder.consoleName));
    }
    const memory = verb === 'create' ? this.running.cgroup(id).memory : undefined;
    const beginning = await holder.begin({ args, process: spec, pidFile, memory }, signal);
    try {
      const { exitCode, stderr } = await untilAborted(beginning.command, signal);
      if (exitCode !== 0) throw startError(verb, id, lastError(await readLog(log), stderr));
      return await beginning.take(Number(await readFile(pidFile, 'utf8')));
    } catch (error) {
      await beginning.abandon();
      if (!signal?.aborted) throw error;
      throw cancelled({
        code: 'start-cancelled',
        message: `the start of ${id} was cancelled`,
        subject: id,
        cause: error,
      });
    } finally {
      await Promise.all([log, pidFile].map((file) => rm(file, { force: true })));
    }
  }
}

function isRunc(runtime: string): boolean {
  return runtime.endsWith('runc');
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function readLog(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
