import { once } from 'node:events';
import { DEFAULT_CAPABILITIES } from '../capabilities.ts';
import { enterContainer } from '../enter/enter.ts';
import type { HeldProcess } from '../holder.ts';
import type { Keeping } from '../keeper-holder.ts';
import { clampUlimits, type Machine } from '../machine.ts';
import type { RunningSandboxes } from '../running.ts';
import type { ProcessSpec, SandboxProcess } from '../sandbox.ts';
import { seccompProfile } from '../seccomp-profile.ts';
import { installedFilter } from './default-filter.ts';
import { type RuntimeContainer, runtimeContainer } from './runtime-state.ts';

export interface OciEntranceOptions {
  /** Absolute path of the keeper's program. */
  readonly keeper: string;
  readonly machine: Machine;
  readonly running: RunningSandboxes;
  /** Where the runtime keeps its containers' states. */
  readonly runtimeRoot: string;
}

/**
 * Starts further processes in runc's containers as `runc exec` would, without it. Only where all is known that runc would do,
 * the filter of system calls above all: it is the very one that runc has installed for the same profile.
 */
export class OciEntrance {
  readonly #containers = new Map<string, RuntimeContainer>();
  /** What the runtime makes of the default profile. */
  #default: { readonly profile: string; readonly filter: Buffer } | undefined;

  constructor(private readonly options: OciEntranceOptions) {}

  /** Reads the filter of a process that has the default profile and gives back what it reads. */
  async learnFilter(process: SandboxProcess, folder: string): Promise<void> {
    const { keeper, machine } = this.options;
    if (!machine.seccomp || machine.rootless) return;
    // What it gives back, it gives back as a program: no thread of the runtime's is left.
    process.stdin?.write('\n');
    await Promise.race([once(process.stdout, 'readable'), process.exited]);
    const filter = await installedFilter(keeper, process.pid, folder);
    if (filter === undefined) return;
    this.#default = { profile: JSON.stringify(seccompProfile(DEFAULT_CAPABILITIES, globalThis.process.arch)), filter };
  }

  /** Undefined where nothing has been started, and the runtime is to be called. */
  async enter(
    id: string,
    spec: ProcessSpec,
    keeping: Keeping,
    signal: AbortSignal | undefined,
  ): Promise<HeldProcess | undefined> {
    const { machine } = this.options;
    const container = await this.#container(id);
    if (container === undefined || !namesHome(spec)) return undefined;
    const filter = container.seccomp === undefined ? undefined : this.#default;
    if (container.seccomp !== filter?.profile) return undefined;
    const process: ProcessSpec = {
      ...spec,
      capabilities: spec.capabilities.filter((name) => machine.capabilities.includes(name)),
      ulimits: clampUlimits(machine, spec.ulimits ?? []),
    };
    const entry = { container: container.entered, process, filter: filter?.filter };
    return enterContainer(entry, keeping, signal);
  }

  forget(id: string): void {
    this.#containers.delete(id);
  }

  async #container(id: string): Promise<RuntimeContainer | undefined> {
    const { machine, running, runtimeRoot } = this.options;
    if (machine.rootless || machine.cgroups.version === 0) return undefined;
    const known = this.#containers.get(id);
    if (known !== undefined) return known;
    const folders = { root: runtimeRoot, bundle: running.folder(id) };
    const found = await runtimeContainer(id, running.identity(id), folders, machine.cgroups.version);
    if (found !== undefined) this.#containers.set(id, found);
    return found;
  }
}

/** Without it, the runtime looks it up in the container. */
function namesHome(spec: ProcessSpec): boolean {
  return spec.env.some((variable) => /^HOME=./.test(variable));
}
