import type { ChildReaper } from '../os/child-reaper.ts';
import { daemonHolder } from './daemon-holder.ts';
import type { HeldProcess, Holder } from './holder.ts';
import { type Keeping, keeperHolder, makeKeeperFolder } from './keeper-holder.ts';
import type { RunningSandboxes } from './running.ts';
import type { ResourceLimits, ResourceUsage, SandboxProcess } from './sandbox.ts';
import { sandboxProcess } from './started-process.ts';

/** What every driver does in the same way once a process runs, however it was started and shut in. */
export abstract class ProcessDriver {
  #starts = 0;

  protected constructor(
    protected readonly running: RunningSandboxes,
    protected readonly reaper: ChildReaper,
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

  /** Takes over a sandbox that another daemon has made, by its first process. */
  async adopt(id: string, held: HeldProcess, _rootfs: string): Promise<SandboxProcess> {
    await this.running.claim(id);
    return this.asFirst(id, held);
  }

  /** Who holds a process that is to start. */
  protected async holder(id: string, keeping: Keeping | undefined): Promise<Holder> {
    if (keeping === undefined) {
      return daemonHolder(this.running.folder(id), `console-${++this.#starts}.sock`, this.reaper);
    }
    await makeKeeperFolder(keeping.folder);
    return keeperHolder(keeping);
  }

  /** Records a sandbox's first process. */
  protected async asFirst(id: string, held: HeldProcess): Promise<SandboxProcess> {
    const { exited } = await this.running.started(id, held.pid, held.ended);
    return sandboxProcess(held, exited);
  }
}
