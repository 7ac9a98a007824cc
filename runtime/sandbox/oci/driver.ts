import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cancelled } from '../../errors.ts';
import type { ChildReaper } from '../../os/child-reaper.ts';
import { ConsoleSocket } from '../../os/console-socket.ts';
import { openPty } from '../../os/pty.ts';
import { checkRoot } from '../check-root.ts';
import { machineFeatures } from '../features.ts';
import type { Machine } from '../machine.ts';
import { probeByRunning } from '../probe.ts';
import { ProcessDriver } from '../process-driver.ts';
import { RunningSandboxes } from '../running.ts';
import type { Probe, ProcessSpec, SandboxDriver, SandboxProcess, SandboxSpec } from '../sandbox.ts';
import type { StartedProcess } from '../started-process.ts';
import { openStdio } from '../stdio.ts';
import { checkSysctls } from '../sysctls.ts';
import { callRuntime } from './command.ts';
import { findDevices } from './devices.ts';
import { lastError, startError } from './runtime-error.ts';
import { runtimeProcess, runtimeSpec, writeSpec } from './runtime-spec.ts';

export interface OciDriverOptions {
  /** A folder of the driver's own; bundles and the runtime's state go below it. */
  readonly stateRoot: string;
  readonly reaper: ChildReaper;
  readonly machine: Machine;
  /** `runc`, `crun`, or a path. */
  readonly runtime: string;
}

/** Isolation by an OCI runtime: runc or crun, called once to start a process and not needed while it runs. */
export class OciDriver extends ProcessDriver implements SandboxDriver {
  readonly name = 'oci';
  #execs = 0;

  constructor(readonly options: OciDriverOptions) {
    super(new RunningSandboxes(join(options.stateRoot, 'bundles'), options.machine), options.reaper);
  }

  probe(signal?: AbortSignal): Promise<Probe> {
    const { runtime, stateRoot, machine } = this.options;
    const features = machineFeatures(machine, machine.seccomp);
    return probeByRunning(this, { label: runtime, stateRoot, features }, signal);
  }

  async run(spec: SandboxSpec, signal?: AbortSignal): Promise<SandboxProcess> {
    const { machine } = this.options;
    await checkRoot(spec.rootfs);
    await checkSysctls(spec);
    const bundle = await this.running.reserve(spec.id);
    try {
      const devices = await findDevices(spec);
      const config = runtimeSpec(spec, machine, this.running.cgroupPath(spec.id), devices);
      await writeFile(join(bundle, 'config.json'), writeSpec(config));
      const started = await this.#start('create', spec.id, spec.process, ['run', '--bundle', bundle], signal);
      return await this.asFirst(spec.id, started);
    } catch (error) {
      await this.remove(spec.id);
      throw error;
    }
  }

  async exec(
    id: string,
    spec: ProcessSpec,
    options?: { readonly privileged?: boolean },
    signal?: AbortSignal,
  ): Promise<SandboxProcess> {
    this.running.pid(id);
    const capabilities = options?.privileged ? this.options.machine.capabilities : spec.capabilities;
    const file = join(this.running.folder(id), `exec-${++this.#execs}.json`);
    await writeFile(file, writeSpec(runtimeProcess({ ...spec, capabilities }, this.options.machine)));
    try {
      const started = await this.#start('exec', id, spec, ['exec', '--process', file], signal);
      return this.asFurther(started);
    } finally {
      await rm(file, { force: true });
    }
  }

  override async remove(id: string): Promise<void> {
    // The runtime's own `delete` would do no more, and take a process to do it.
    await super.remove(id);
    await rm(join(this.#runtimeRoot, id), { recursive: true, force: true });
  }

  get #runtimeRoot(): string {
    return join(this.options.stateRoot, 'runtime');
  }

  async #start(
    verb: 'create' | 'exec',
    id: string,
    spec: ProcessSpec,
    command: readonly string[],
    signal?: AbortSignal,
  ): Promise<StartedProcess> {
    const cwd = this.running.folder(id);
    const run = `${verb}-${++this.#execs}`;
    const [log, pidFile, socketName] = [join(cwd, `${run}.log`), join(cwd, `${run}.pid`), `${run}.sock`];
    const console = spec.tty ? await ConsoleSocket.listen(join(cwd, socketName)) : undefined;
    const stdio = spec.tty ? undefined : await openStdio(spec.stdin ? 'open' : 'empty', spec.user);
    try {
      const args = [
        ...['--root', this.#runtimeRoot, '--log', log, '--log-format', 'json'],
        ...(this.options.machine.rootless && isRunc(this.options.runtime) ? ['--rootless=true'] : []),
        ...command,
        ...['--detach', '--pid-file', pidFile],
        ...(console === undefined ? [] : ['--console-socket', socketName]),
        id,
      ];
      const result = await callRuntime(this.options.runtime, args, {
        cwd,
        stdio: stdio?.child ?? ['ignore', 'ignore', 'pipe'],
        signal,
      });
      if (result.exitCode !== 0) throw startError(verb, id, lastError(await readLog(log), result.stderr));
      await stdio?.handedOver();
      const pid = Number(await readFile(pidFile, 'utf8'));
      if (console === undefined) {
        const { stdin, stdout, stderr } = stdio!;
        return { pid, stdin, stdout, stderr, resize: () => {} };
      }
      const pty = openPty(console.receive());
      if (spec.consoleSize) pty.resize(spec.consoleSize.rows, spec.consoleSize.cols);
      return {
        pid,
        stdin: spec.stdin ? pty.input : undefined,
        stdout: pty.output,
        stderr: undefined,
        resize: (rows, cols) => pty.resize(rows, cols),
      };
    } catch (error) {
      await stdio?.abandon();
      if (signal?.aborted) {
        throw cancelled({
          code: 'start-cancelled',
          message: `the start of ${id} was cancelled`,
          subject: id,
          cause: error,
        });
      }
      throw error;
    } finally {
      await console?.[Symbol.asyncDispose]();
      await Promise.all([log, pidFile].map((file) => rm(file, { force: true })));
    }
  }
}

function isRunc(runtime: string): boolean {
  return runtime.endsWith('runc');
}

async function readLog(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
