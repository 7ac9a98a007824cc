import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { hasErrno } from '../os/errno.ts';

/** A directory whose names are looked at. Counted: it lasts until everybody who holds it has released it. */
export interface Folder {
  /** Path of a name in it, good for as long as the folder is held. */
  at(name: Buffer): Buffer;
  names(): Promise<Buffer[]>;
  /** A directory in it; undefined where there is none of that name any more. */
  enter(name: Buffer): Promise<Folder | undefined>;
  /** A regular file in it, for reading; undefined where there is none of that name any more. Nothing else is ever opened. */
  openFile(name: Buffer): Promise<FileHandle | undefined>;
  hold(): void;
  release(): void;
}

const SLASH = Buffer.from('/');
/** open(2): only a place in the tree, so that even a device is opened without effect. The same number on every machine of ours. */
const O_PATH = 0o10000000;
const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** A directory by its path: for trees that nobody changes, or that this process is shut into. */
export class PlainFolder implements Folder {
  constructor(private readonly path: Buffer) {}

  at(name: Buffer): Buffer {
    return Buffer.concat([this.path, SLASH, name]);
  }

  names(): Promise<Buffer[]> {
    return readdir(this.path, { encoding: 'buffer' });
  }

  async enter(name: Buffer): Promise<Folder> {
    return new PlainFolder(this.at(name));
  }

  openFile(name: Buffer): Promise<FileHandle | undefined> {
    return unlessGone(async () => onlyFile(await open(this.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)));
  }

  hold(): void {}

  release(): void {}
}

/**
 * An open directory: its names are reached through its descriptor, one at a time, so that nobody who puts a link in a
 * directory's place meanwhile leads anywhere else. For trees in which a container is at work.
 */
export class AnchoredFolder implements Folder {
  #users = 1;

  private constructor(private readonly handle: FileHandle) {}

  static async open(path: Buffer): Promise<AnchoredFolder> {
    return new AnchoredFolder(await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  }

  at(name: Buffer): Buffer {
    return Buffer.concat([pathOf(this.handle), SLASH, name]);
  }

  names(): Promise<Buffer[]> {
    return readdir(pathOf(this.handle), { encoding: 'buffer' });
  }

  enter(name: Buffer): Promise<AnchoredFolder | undefined> {
    return unlessGone(() => AnchoredFolder.open(this.at(name)));
  }

  async openFile(name: Buffer): Promise<FileHandle | undefined> {
    const place = await unlessGone(async () => onlyFile(await open(this.at(name), O_PATH | O_NOFOLLOW)));
    if (place === undefined) return undefined;
    try {
      return await open(pathOf(place), O_RDONLY);
    } finally {
      await place.close();
    }
  }

  hold(): void {
    this.#users++;
  }

  release(): void {
    if (--this.#users === 0) void this.handle.close();
  }
}

/** What stands after a path's last slash. */
export function lastName(path: Buffer): Buffer {
  return path.subarray(path.lastIndexOf(SLASH) + 1);
}

function pathOf({ fd }: FileHandle): Buffer {
  return Buffer.from(`/proc/self/fd/${fd}`);
}

async function onlyFile(handle: FileHandle): Promise<FileHandle | undefined> {
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** Gives undefined where another thing, or none, has come in place of what was there. */
async function unlessGone<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return undefined;
    throw error;
  }
}
