import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChainId, digestHex } from '../../core/image/digest.ts';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { writeFileAtomically } from '../store/atomic-file.ts';
import { SerialByName } from '../store/serial-by-name.ts';
import { UseCounts } from '../store/use-counts.ts';
import { asChainId, type CommittedSnapshot, DOCUMENT, readDocument } from './snapshot-document.ts';
import { inUse, missing, taken } from './snapshot-errors.ts';

/**
 * A committed snapshot can be unpacked again at any time, so that nobody waits until its files are on the disk: it is
 * trusted for as long as the machine runs, and afterwards only where `settle` had come in between.
 *
 * The folders of a snapshotter and what stands on what: `committed/<hex>/fs`, `active/<key>/fs`, and `temporary/` for
 * what is being made or removed. A snapshot appears and disappears by one rename.
 */
export class SnapshotLayout {
  readonly #committed = new Map<ChainId, CommittedSnapshot>();
  readonly #active = new Map<string, ChainId | undefined>();
  /** What is looked at, or what something is being made on. */
  readonly #inUse = new UseCounts<ChainId>();
  /** A layer that comes while it is removed is there afterwards. */
  readonly #renames = new SerialByName();
  /** Committed snapshots whose files may be in memory only. */
  readonly #unsettled = new Set<ChainId>();

  private constructor(
    readonly root: string,
    private readonly boot: string,
  ) {}

  /** Reads what is there; `recover` removes what is there by halves. `boot` names this run of the kernel. */
  static async open(root: string, boot?: string): Promise<SnapshotLayout> {
    const layout = new SnapshotLayout(root, boot ?? (await readBoot()));
    for (const folder of ['committed', 'active', 'temporary'])
      await mkdir(join(root, folder), { recursive: true, mode: 0o700 });
    for (const name of await readdir(join(root, 'committed'))) {
      const chain = asChainId(`sha256:${name}`);
      const document = await readDocument(join(root, 'committed', name));
      if (chain === undefined || document === undefined) continue;
      const { boot, ...snapshot } = document;
      if (boot !== undefined && boot !== layout.boot) continue;
      layout.#committed.set(chain, snapshot);
      if (boot !== undefined) layout.#unsettled.add(chain);
    }
    layout.#dropOrphans();
    for (const key of await readdir(join(root, 'active'))) {
      const document = await readDocument(join(root, 'active', key));
      if (document !== undefined) layout.#active.set(key, document.parent);
    }
    return layout;
  }

  committedFolder(chain: ChainId): string {
    return join(this.root, 'committed', digestHex(chain));
  }

  activeFolder(key: string): string {
    return join(this.root, 'active', checkKey(key));
  }

  has(chain: ChainId): boolean {
    return this.#committed.has(chain);
  }

  isActive(key: string): boolean {
    return this.#active.has(key);
  }

  committed(chain: ChainId): CommittedSnapshot {
    const found = this.#committed.get(chain);
    if (found === undefined) throw missing(chain);
    return found;
  }

  /** Parent of an active snapshot. */
  parentOf(key: string): ChainId | undefined {
    if (!this.#active.has(key)) throw missing(key);
    return this.#active.get(key);
  }

  /** When an active snapshot was there as it began, in nanoseconds since the epoch. */
  async preparedAt(key: string): Promise<bigint> {
    return (await lstat(join(this.activeFolder(key), DOCUMENT), { bigint: true })).ctimeNs;
  }

  /** Keeps a committed snapshot from being removed until the disposal. Error: `not-found` where it is not there. */
  use(chain: ChainId | undefined): Disposable {
    if (chain === undefined) return { [Symbol.dispose]: () => undefined };
    this.committed(chain);
    this.#inUse.add([chain]);
    let released = false;
    return {
      [Symbol.dispose]: () => {
        if (!released) this.#inUse.remove([chain]);
        released = true;
      },
    };
  }

  /** Keeps those of the committed snapshots that are there and shareable from being removed until the disposal. */
  useShareable(chains: readonly ChainId[]): Disposable & { readonly chains: readonly ChainId[] } {
    const used = chains.filter((chain) => this.#committed.get(chain)?.shareable === true);
    this.#inUse.add(used);
    return { chains: used, [Symbol.dispose]: () => this.#inUse.remove(used) };
  }

  /** The committed snapshot and all below it, topmost first. */
  stack(top: ChainId | undefined): ChainId[] {
    const stack: ChainId[] = [];
    for (let chain = top; chain !== undefined; chain = this.committed(chain).parent) stack.push(chain);
    return stack;
  }

  chains(): ChainId[] {
    return [...this.#committed.keys()];
  }

  keys(): string[] {
    return [...this.#active.keys()];
  }

  /** A new folder of nobody's, on the same file system. */
  async temporary(): Promise<string> {
    const folder = join(this.root, 'temporary', randomBytes(8).toString('hex'));
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  /** Makes the folder, which holds `fs`, the committed snapshot; false where another was quicker, whose stays. */
  async addCommitted(folder: string, chain: ChainId, snapshot: CommittedSnapshot): Promise<boolean> {
    await writeFile(join(folder, DOCUMENT), JSON.stringify({ ...snapshot, boot: this.boot }));
    return this.#renames.run(chain, async () => {
      try {
        await rename(folder, this.committedFolder(chain));
      } catch (error) {
        if (!hasErrno(error, 'ENOTEMPTY', 'EEXIST')) throw error;
        await discard(folder);
        return false;
      }
      this.#committed.set(chain, snapshot);
      this.#unsettled.add(chain);
      return true;
    });
  }

  /**
   * Has the kernel write what it holds in memory of committed snapshots, so that they outlive a crash of the machine.
   * `sync` is to return when all that was written to this file system before is on the disk.
   */
  async settle(sync: (folder: string) => Promise<void>): Promise<void> {
    const chains = [...this.#unsettled];
    if (chains.length === 0) return;
    await sync(this.root);
    for (const chain of chains) {
      await this.#renames.run(chain, async () => {
        const snapshot = this.#committed.get(chain);
        if (!this.#unsettled.delete(chain) || snapshot === undefined) return;
        await writeFileAtomically(join(this.committedFolder(chain), DOCUMENT), JSON.stringify(snapshot));
      });
    }
  }

  /** Committed snapshots that are not there, though active ones stand on them. */
  lost(): ChainId[] {
    const parents = [...this.#active.values()].filter((parent) => parent !== undefined);
    return [...new Set(parents)].filter((parent) => !this.#committed.has(parent));
  }

  /** Makes the folder the active snapshot. */
  async addActive(folder: string, key: string, parent: ChainId | undefined): Promise<void> {
    await writeFileAtomically(join(folder, DOCUMENT), JSON.stringify({ parent }));
    try {
      await rename(folder, this.activeFolder(key));
    } catch (error) {
      if (hasErrno(error, 'ENOTEMPTY', 'EEXIST')) throw taken(key);
      throw error;
    }
    this.#active.set(key, parent);
  }

  /** Error: EngineError `conflict` where the key is taken, `invalid` where it is none. */
  checkNewKey(key: string): void {
    checkKey(key);
    if (this.#active.has(key)) throw taken(key);
  }

  /** The key is free from here on; gives the folder, moved aside, which the caller uses up or discards. */
  async takeActive(key: string): Promise<string> {
    const aside = join(this.root, 'temporary', randomBytes(8).toString('hex'));
    await rename(this.activeFolder(key), aside);
    this.#active.delete(key);
    return aside;
  }

  async removeCommitted(chain: ChainId): Promise<void> {
    const snapshot = this.committed(chain);
    if (this.#inUse.has(chain)) throw inUse(chain, 'somebody who is at work with it');
    for (const [above, { parent }] of this.#committed) if (parent === chain) throw inUse(chain, above);
    for (const [key, parent] of this.#active) if (parent === chain) throw inUse(chain, key);
    // From here on nobody finds it.
    this.#committed.delete(chain);
    this.#unsettled.delete(chain);
    const aside = join(this.root, 'temporary', randomBytes(8).toString('hex'));
    try {
      await this.#renames.run(chain, () => rename(this.committedFolder(chain), aside));
    } catch (error) {
      this.#committed.set(chain, snapshot);
      throw error;
    }
    await discard(aside);
  }

  /** What stands on something that is not there is not there either. */
  #dropOrphans(): void {
    const isOrphan = ({ parent }: CommittedSnapshot): boolean => parent !== undefined && !this.#committed.has(parent);
    for (let found = true; found; ) {
      found = false;
      for (const [chain, snapshot] of this.#committed) {
        if (!isOrphan(snapshot)) continue;
        this.#committed.delete(chain);
        this.#unsettled.delete(chain);
        found = true;
      }
    }
  }

  /** Removes what a crash left by halves. */
  async recover(): Promise<string[]> {
    const removed: string[] = [];
    const remove = async (folder: string, what: string): Promise<void> => {
      await discard(folder);
      removed.push(`removed ${what} that an interrupted run left: ${folder}`);
    };
    for (const name of await readdir(join(this.root, 'temporary'))) {
      await remove(join(this.root, 'temporary', name), 'a half-made snapshot');
    }
    for (const name of await readdir(join(this.root, 'committed'))) {
      const chain = asChainId(`sha256:${name}`);
      if (chain === undefined || !this.#committed.has(chain))
        await remove(join(this.root, 'committed', name), 'a layer');
    }
    for (const key of await readdir(join(this.root, 'active'))) {
      if (!this.#active.has(key)) await remove(join(this.root, 'active', key), 'a snapshot');
    }
    return removed;
  }
}

/** Removes a folder with all it holds. */
export async function discard(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Names this run of the kernel (proc(5)). */
async function readBoot(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

function checkKey(key: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(key)) return key;
  throw invalid({
    code: 'snapshot-key-invalid',
    message: `${JSON.stringify(key)} is no name for a snapshot`,
    subject: key,
  });
}
