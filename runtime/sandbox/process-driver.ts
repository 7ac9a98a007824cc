import type { ChildReaper } from '../os/child-reaper.ts';
import type { RunningSandboxes } from './running.ts';
import type { Exit, ResourceLimits, ResourceUsage, SandboxProcess } from './sandbox.ts';
import { type StartedProcess, sandboxProcess } from './started-process.ts';

/** What every driver does in the same way once a process runs, however it was started and shut in. */
export abstract class ProcessDriver {
  protected constructor(
    protected readonly running: RunningSandboxes,
    private readonly reaper: ChildReaper,
  ) {}

  kill(id: string, signal: number, options?: { readonly all?: boolean }): Promise<void> {
    return this.running.kill(id, signal, options?.all ?? false);
  }

  pause(id: string): Promise<void> {
    return this.running.freeze(id, 'frozen');
  }

  resume(id: string): Promise<void> {
    return this.running.freeze(id, 'running');
  }

  update(id: string, limits: ResourceLimits): Promise<void> {
    return this.running.update(id, limits);
  }

  usage(id: string): Promise<ResourceUsage> {
    return this.running.usage(id);
  }

  pids(id: string): Promise<number[]> {
    return this.running.pids(id);
  }

  remove(id: string): Promise<void> {
    return this.running.remove(id);
  }

  list(): Promise<string[]> {
    return this.running.list();
  }

  /** Records a sandbox's first process. */
  protected async asFirst(id: string, started: StartedProcess): Promise<SandboxProcess> {
    const { exited } = await this.running.started(id, started.pid, this.reaper.wait(started.pid));
    return sandboxProcess(started, exited);
  }

  /** One more process of a sandbox: it may end without the sandbox. */
  protected asFurther(started: StartedProcess): SandboxProcess {
    const exited = this.reaper.wait(started.pid).then(({ exitCode, at }): Exit => ({ exitCode, at, oomKilled: false }));
    return sandboxProcess(started, exited);
  }
}
