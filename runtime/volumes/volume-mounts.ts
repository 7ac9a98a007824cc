import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../os/errno.ts';
import { mountsBelow } from '../os/mount-options.ts';
import { DETACH, unmount } from '../os/syscalls.ts';
import type { VolumeMount } from './local-options.ts';
import { mountVolume } from './mount-volume.ts';

/** What is mounted on volumes' folders, and for whom. One at a time may change it. */
export class VolumeMounts {
  /** Users by volume. Without any it is what an earlier daemon left. */
  readonly #users = new Map<string, Set<string>>();

  constructor(private readonly folder: string) {}

  has(name: string): boolean {
    return this.#users.has(name);
  }

  uses(user: string): boolean {
    return [...this.#users.values()].some((users) => users.has(user));
  }

  /** Notes what is mounted already: by a daemon that was killed, in the namespace that this one has joined. */
  async find(): Promise<void> {
    for (const point of await this.#below(this.folder)) {
      const [name = '', data] = point.slice(this.folder.length + 1).split('/');
      if (data === '_data' && !this.#users.has(name)) this.#users.set(name, new Set());
    }
  }

  async use(name: string, user: string, wanted: VolumeMount): Promise<void> {
    const users = this.#users.get(name);
    if (users !== undefined) {
      users.add(user);
      return;
    }
    await mountVolume(join(this.folder, name, '_data'), wanted);
    this.#users.set(name, new Set([user]));
  }

  async release(user: string): Promise<void> {
    for (const [name, users] of [...this.#users]) {
      if (users.delete(user) && users.size === 0) await this.#end(name);
    }
  }

  async endUnused(): Promise<void> {
    for (const [name, users] of [...this.#users]) if (users.size === 0) await this.#end(name);
  }

  /** Ends whatever is mounted in a volume's folder, before the folder is removed. */
  async endBelow(name: string): Promise<void> {
    this.#users.delete(name);
    const below = () => this.#below(join(this.folder, name));
    for (let points = await below(); points.length > 0; points = await below()) {
      for (const point of points.reverse()) unmount(point, DETACH);
    }
  }

  async #end(name: string): Promise<void> {
    this.#users.delete(name);
    end(join(this.folder, name, '_data'));
  }

  async #below(folder: string): Promise<string[]> {
    return mountsBelow(await readFile('/proc/self/mountinfo', 'utf8'), folder);
  }
}

/** The mount leaves the tree at once, as with dockerd: a server that is gone holds up nobody. */
function end(point: string): void {
  try {
    unmount(point, DETACH);
  } catch (error) {
    if (!hasErrno(error, 'EINVAL', 'ENOENT')) throw error;
  }
}
