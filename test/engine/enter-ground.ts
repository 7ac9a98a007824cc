import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ChildReaper } from '../../runtime/os/child-reaper.ts';
import type { Keeping } from '../../runtime/sandbox/keeper-holder.ts';
import { surveyMachine } from '../../runtime/sandbox/machine.ts';
import { OciDriver } from '../../runtime/sandbox/oci/driver.ts';
import type { ExecOptions, ProcessSpec, SandboxProcess } from '../../runtime/sandbox/sandbox.ts';
import { type Changes, SandboxUnderTest } from '../../runtime/sandbox/sandbox-under-test.test-support.ts';

/** The keeper's program. */
export const KEEPER = join(import.meta.dirname, `../../runtime/keeper/bin/keeper-${process.arch}`);

/** runc with the keeper's own way beside it, and a record of when runc was called. */
export class EnterGround extends SandboxUnderTest {
  #keepers = 0;
  #calls = '';
  #plainDriver: OciDriver | undefined;

  start(): Promise<void> {
    return this.open(async (stateRoot, reaper) => {
      const runtime = join(this.folder, 'runc');
      this.#calls = join(this.folder, 'calls');
      await writeFile(this.#calls, '');
      await writeFile(runtime, `#!/bin/sh\necho "$*" >> ${this.#calls}\nexec runc "$@"\n`);
      await chmod(runtime, 0o755);
      return this.#open(stateRoot, reaper, KEEPER);
    });
  }

  /** How often runc was called to execute something. */
  async runtimeExecs(): Promise<number> {
    return (await readFile(this.#calls, 'utf8')).split('\n').filter((line) => line.includes(' exec ')).length;
  }

  /** Starts a process as the engine does: without runc, where that is possible. */
  readonly enter = (
    id: string,
    process: Partial<ProcessSpec>,
    options: ExecOptions = {},
    signal?: AbortSignal,
  ): Promise<SandboxProcess> =>
    this.driver.exec(id, this.plainProcess(process), { ...options, keeping: this.keeping() }, signal);

  /** Starts a process by `runc exec`. */
  readonly byRuntime = (
    id: string,
    process: Partial<ProcessSpec>,
    options: ExecOptions = {},
  ): Promise<SandboxProcess> =>
    this.#plainDriver!.exec(id, this.plainProcess(process), { ...options, keeping: this.keeping() });

  /** Without HOME, runc looks for one in the container. */
  readonly plainProcess = (changes: Partial<ProcessSpec>): ProcessSpec =>
    this.processOf({ env: ['PATH=/bin', 'HOME=/'], ...changes });

  /** A container whose first process waits, and what is to be done with it. */
  readonly inside = (changes: Changes, work: (id: string, pid: number) => Promise<void>): Promise<void> =>
    this.during(changes, async (id, { pid }) => {
      this.#plainDriver = await this.laterDriver(id, pid, undefined);
      await work(id, pid);
    });

  /** A driver that takes over a container, as one does that is started after the daemon's death. */
  async laterDriver(id: string, pid: number, keeper: string | undefined): Promise<OciDriver> {
    const driver = await this.#open(join(this.folder, 'state'), this.reaper, keeper);
    const streams = { stdin: undefined, stdout: Readable.from([]), stderr: undefined, resize: () => {} };
    await driver.adopt(id, { pid, ...streams, ended: new Promise(() => {}) }, this.plain.rootfs);
    return driver;
  }

  keeping(): Keeping {
    return { program: KEEPER, folder: join(this.folder, `keeper-${++this.#keepers}`), listens: 'on' };
  }

  async #open(stateRoot: string, reaper: ChildReaper, keeper: string | undefined): Promise<OciDriver> {
    return new OciDriver({
      stateRoot,
      reaper,
      machine: await surveyMachine(),
      runtime: join(this.folder, 'runc'),
      manager: 'cgroupfs',
      keeper,
    });
  }
}
