import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { type ChainId, digestHex, parseDigest } from '../../core/image/digest.ts';
import { conflict, invalid, notFound } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { renameDurably, writeFileAtomically } from '../store/atomic-file.ts';
import { SerialByName } from '../store/serial-by-name.ts';
import { UseCounts } from '../store/use-counts.ts';

/** What a snapshot's folder says of it. `link` is overlay's short name of a committed one. */
const SnapshotDocument = z.object({ parent: z.optional(z.string()), link: z.optional(z.string()) });

export interface CommittedSnapshot {
  readonly parent: ChainId | undefined;
  readonly link: string | undefined;
}

const DOCUMENT = 'snapshot.json';

/**
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

  private constructor(readonly root: string) {}

  /** Reads what is there; `recover` removes what is there by halves. */
  static async open(root: string): Promise<SnapshotLayout> {
    const layout = new SnapshotLayout(root);
    for (const folder of ['committed', 'active', 'temporary'])
      await mkdir(join(root, folder), { recursive: true, mode: 0o700 });
    for (const name of await readdir(join(root, 'committed'))) {
      const chain = asChainId(`sha256:${name}`);
      const document = await readDocument(join(root, 'committed', name));
      if (chain !== undefined && document !== undefined) layout.#committed.set(chain, document);
    }
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
    await writeDocument(folder, snapshot);
    return this.#renames.run(chain, async () => {
      try {
        await renameDurably(folder, this.committedFolder(chain));
      } catch (error) {
        if (!hasErrno(error, 'ENOTEMPTY', 'EEXIST')) throw error;
        await discard(folder);
        return false;
      }
      this.#committed.set(chain, snapshot);
      return true;
    });
  }

  /** Makes the folder the active snapshot. */
  async addActive(folder: string, key: string, parent: ChainId | undefined): Promise<void> {
    await writeDocument(folder, { parent, link: undefined });
    try {
      await renameDurably(folder, this.activeFolder(key));
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
    const aside = join(this.root, 'temporary', randomBytes(8).toString('hex'));
    try {
      await this.#renames.run(chain, () => rename(this.committedFolder(chain), aside));
    } catch (error) {
      this.#committed.set(chain, snapshot);
      throw error;
    }
    await discard(aside);
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

function asChainId(text: string): ChainId | undefined {
  return parseDigest(text) as string | undefined as ChainId | undefined;
}

async function readDocument(folder: string): Promise<CommittedSnapshot | undefined> {
  try {
    const { parent, link } = z.parse(SnapshotDocument, JSON.parse(await readFile(join(folder, DOCUMENT), 'utf8')));
    return { parent: parent === undefined ? undefined : asChainId(parent), link };
  } catch (error) {
    // Neither a missing document nor a broken one makes a snapshot: `recover` removes it and says so.
    if (hasErrno(error, 'ENOENT') || error instanceof SyntaxError || error instanceof z.core.$ZodError)
      return undefined;
    throw error;
  }
}

function writeDocument(folder: string, snapshot: CommittedSnapshot): Promise<void> {
  return writeFileAtomically(join(folder, DOCUMENT), JSON.stringify(snapshot));
}

function checkKey(key: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(key)) return key;
  throw invalid({
    code: 'snapshot-key-invalid',
    message: `${JSON.stringify(key)} is no name for a snapshot`,
    subject: key,
  });
}

function missing(name: string): Error {
  return notFound({ code: 'snapshot-missing', message: `there is no snapshot ${name}`, subject: name });
}

function taken(key: string): Error {
  return conflict({ code: 'snapshot-key-taken', message: `there is a snapshot ${key} already`, subject: key });
}

function inUse(chain: string, by: string): Error {
  return conflict({
    code: 'snapshot-in-use',
    message: `layer ${chain} is in use by ${by}: remove that first`,
    subject: chain,
  });
}
