import { join } from 'node:path';
import { unavailable } from '../errors.ts';
import type { ChildReaper } from '../os/child-reaper.ts';
import type { CgroupManager } from './cgroup-name.ts';
import { ChrootDriver } from './chroot/driver.ts';
import { type Machine, surveyMachine } from './machine.ts';
import { NamespacesDriver } from './namespaces/driver.ts';
import { OciDriver } from './oci/driver.ts';
import type { Probe, SandboxDriver } from './sandbox.ts';

export interface SandboxOptions {
  /** A folder of the sandboxes' own, on this machine's own file system. */
  readonly stateRoot: string;
  /** One for the whole daemon. */
  readonly reaper: ChildReaper;
  /** Absolute path of the bundled init (`dist/sandbox-init.js`), for the drivers without an OCI runtime. */
  readonly initPath: string;
  /** Who makes the control groups for an OCI runtime; `cgroupManagerOf` chooses where undefined. */
  readonly cgroupManager: CgroupManager | undefined;
  /** Absolute path of the keeper's program, by which further processes are started; by the drivers' own ways where undefined. */
  readonly keeper?: string | undefined;
}

/** One line of `lapstrake doctor`: a way of isolating, and what came of trying it. */
export interface Candidate {
  /** `oci (runc)`, `namespaces`, … */
  readonly label: string;
  readonly driver: SandboxDriver;
  readonly probe: Probe;
}

export interface ChosenSandbox {
  readonly driver: SandboxDriver;
  readonly probe: Probe;
  readonly machine: Machine;
  /** All that were tried, in order; the last one is the chosen one. */
  readonly tried: readonly Candidate[];
}

const RUNTIMES = ['runc', 'crun'] as const;

/** Which drivers to try: all, those of a name, or `oci` with one runtime alone. */
export type SandboxChoice = 'auto' | SandboxDriver['name'] | (typeof RUNTIMES)[number];

/** Tries the drivers in order of the isolation they give, each by a real run, and takes the first that works. */
export async function chooseSandbox(
  choice: SandboxChoice,
  options: SandboxOptions,
  signal?: AbortSignal,
): Promise<ChosenSandbox> {
  const machine = await surveyMachine();
  if (options.cgroupManager === 'systemd' && !machine.systemd) {
    throw unavailable({
      code: 'no-systemd',
      message: 'systemd cannot make control groups here: it does not run, or the engine is not root',
      remedies: ['Leave out --cgroup-manager systemd'],
    });
  }
  const tried: Candidate[] = [];
  for (const { label, driver, runtime } of candidates(machine, options)) {
    if (choice !== 'auto' && choice !== driver.name && choice !== runtime) continue;
    const probe = await driver.probe(signal);
    tried.push({ label, driver, probe });
    if (probe.works) return { driver, probe, machine, tried };
  }
  throw unavailable({
    code: 'no-sandbox',
    message: `no way to isolate containers works on this machine: ${tried.map((each) => each.probe.reason).join('; ')}`,
    remedies: ['Install runc', 'Allow user namespaces', 'Run the engine as root'],
  });
}

/** Every driver with its probe, for `lapstrake doctor`. */
export async function probeSandboxes(options: SandboxOptions, signal?: AbortSignal): Promise<Candidate[]> {
  const machine = await surveyMachine();
  const out: Candidate[] = [];
  for (const { label, driver } of candidates(machine, options)) {
    out.push({ label, driver, probe: await driver.probe(signal) });
  }
  return out;
}

interface Untried {
  readonly label: string;
  readonly driver: SandboxDriver;
  /** Of the driver `oci`. */
  readonly runtime?: string;
}

function candidates(machine: Machine, options: SandboxOptions): Untried[] {
  const common = { reaper: options.reaper, keeper: options.keeper, machine };
  const oci = (runtime: string): Untried => ({
    label: `oci (${runtime})`,
    runtime,
    driver: new OciDriver({
      ...common,
      runtime,
      manager: options.cgroupManager ?? cgroupManagerOf(machine),
      stateRoot: join(options.stateRoot, runtime),
    }),
  });
  return [
    ...RUNTIMES.map(oci),
    {
      label: 'namespaces',
      driver: new NamespacesDriver({ ...common, initPath: options.initPath, stateRoot: join(options.stateRoot, 'ns') }),
    },
    {
      label: 'chroot',
      driver: new ChrootDriver({ ...common, initPath: options.initPath, stateRoot: join(options.stateRoot, 'chroot') }),
    },
  ];
}

/** Who makes control groups where nobody has said it: as Docker has it, systemd where it runs and they are of version 2 alone. */
function cgroupManagerOf(machine: Machine): CgroupManager {
  return machine.systemd && machine.groups.version === 2 ? 'systemd' : 'cgroupfs';
}
