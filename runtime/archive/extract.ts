import { mkdirSync } from 'node:fs';
import { chmod, link, mkdir, rm, symlink } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { addAbortSignal } from 'node:stream';
import { cancelled, invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { FileType, mknod, setTimes } from '../os/syscalls.ts';
import {
  ContainedDirectories,
  joinPath,
  keyOf,
  lstatOrUndefined,
  type MakeParent,
  splitPath,
} from './contained-path.ts';
import type { EarlierFiles } from './earlier-files.ts';
import { EntryAttributes, type EntryAttributesOptions } from './entry-attributes.ts';
import { LONGEST_PATH, namingEntry, refuseOutside, tooLong } from './entry-errors.ts';
import { FileWriter } from './file-writer.ts';
import { OwnLinks, shareOrWrite } from './shared-file.ts';
import { shownName } from './shown-name.ts';
import type { TarEntry } from './tar-entry.ts';
import { TarReader } from './tar-reader.ts';
import { UnfinishedDirectories } from './unfinished-directories.ts';
import { type WhiteoutFormat, Whiteouts, whiteoutKind } from './whiteouts.ts';
import type { FileAttributes, NextPart } from './write-file.ts';
import type { WritingThreads } from './writing-threads.ts';

export interface ExtractOptions extends EntryAttributesOptions {
  readonly whiteouts: WhiteoutFormat;
  /** Makes a directory that the archive has entries in but does not name; mode 0755 where undefined. */
  readonly makeParent?: MakeParent | undefined;
  /** A directory below the root that the archive's names begin at; links in it are still followed from the root. */
  readonly below?: Buffer | undefined;
  /** `same-kind` refuses to put a file where a directory is, and the other way round; `any` where undefined. */
  readonly replace?: 'any' | 'same-kind' | undefined;
  /** Files that the archive's are hard links to where they hold the same; without it, all are written. */
  readonly earlier?: EarlierFiles | undefined;
  /** Where threads for writing files wait; without them one is started for this archive where it has many. */
  readonly threads?: WritingThreads | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Extracted {
  readonly files: number;
  /** Bytes of files' contents. */
  readonly bytes: number;
  /** Hard links that the archive told of. */
  readonly hardLinks: number;
  /** What this machine's file system or privilege could not hold: devices, attributes. One sentence each. */
  readonly warnings: readonly string[];
}

/** Files up to this size are read whole and written beside the reading. */
const SMALL = 1 << 20;
/** As many small files are written at once; further ones go to a thread, which takes a while to start: longer than these. */
const FEW = 100;
/** The same where the thread is kept for the next archive. */
const FEW_BEFORE_KEPT = 16;

/**
 * Unpacks an uncompressed tar archive below `root`, which must exist. Nothing is ever written outside of it, whatever
 * the archive says; a later entry replaces an earlier one of the same name. The stream is read to its end.
 * Errors: EngineError `invalid` (`path-escapes`, `tar-…`), `cancelled`, or what the stream failed with. What was
 * unpacked until then stays: the caller owns `root`.
 */
export async function extract(archive: Readable, root: string, options: ExtractOptions): Promise<Extracted> {
  const { signal } = options;
  if (signal !== undefined) addAbortSignal(signal, archive);
  const reader = new TarReader(archive);
  const extraction = new Extraction(reader, Buffer.from(root), options);
  try {
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) await extraction.add(entry);
    return await extraction.finish();
  } catch (error) {
    await extraction.abandon();
    archive.destroy();
    if (!signal?.aborted) throw error;
    throw cancelled({ code: 'extract-cancelled', message: 'unpacking was cancelled', cause: signal.reason });
  }
}

class Extraction {
  readonly #directories: ContainedDirectories;
  readonly #whiteouts: Whiteouts;
  /** Names of the files that the thread is writing, since it was last settled. */
  readonly #writing = new Set<string>();
  #writer: FileWriter | undefined;
  readonly #attributes: EntryAttributes;
  readonly #finishing: UnfinishedDirectories;
  readonly #below: readonly Buffer[];
  readonly #ownLinks = new OwnLinks();
  #files = 0;
  #bytes = 0;
  #hardLinks = 0;

  constructor(
    private readonly reader: TarReader,
    private readonly root: Buffer,
    private readonly options: ExtractOptions,
  ) {
    this.#directories = new ContainedDirectories(
      root,
      options.makeParent,
      options.whiteouts === 'literal' ? 'made' : 'refused',
    );
    this.#whiteouts = new Whiteouts(root, options.whiteouts);
    this.#attributes = new EntryAttributes(options);
    this.#finishing = new UnfinishedDirectories(this.#attributes, options.whiteouts === 'delete' ? 'replace' : 'add');
    this.#below = options.below === undefined ? [] : splitPath(options.below);
  }

  /** Errors name the entry. */
  async add(entry: TarEntry): Promise<void> {
    try {
      if (entry.name.length > LONGEST_PATH) throw tooLong(entry);
      if (this.options.whiteouts !== 'literal') refuseOutside(entry);
      await this.#add(entry);
    } catch (error) {
      throw namingEntry(error, entry);
    }
  }

  async #add(entry: TarEntry): Promise<void> {
    const written = splitPath(entry.name);
    const last = written.at(-1);
    if (last === undefined) {
      if (entry.type === 'directory') this.#finishing.add([], joinPath(this.root, this.#below), entry);
      return;
    }
    const above = [...this.#below, ...written.slice(0, -1)];
    if (!this.#directories.has(above) && above.some((_, i) => this.#writing.has(keyOf(above.slice(0, i + 1))))) {
      await this.#settle();
    }
    const found = this.#directories.resolve(above);
    const parent = found instanceof Promise ? await found : found;
    const whiteout = this.options.whiteouts === 'literal' ? undefined : whiteoutKind(last);
    if (whiteout !== undefined && whiteout.kind !== 'none') {
      await this.#settle();
      if (whiteout.kind === 'opaque') await this.#whiteouts.opaque(parent);
      else if (whiteout.kind === 'deleted') await this.#whiteouts.delete([...parent, whiteout.name]);
      this.#directories.forget();
      return;
    }
    const names = [...parent, last];
    if (this.options.replace === 'same-kind') await this.#refuseOtherKind(entry, joinPath(this.root, names));
    this.#whiteouts.bring(names);
    this.#files += entry.type === 'directory' ? 0 : 1;
    this.#bytes += entry.size;
    if (entry.type === 'directory') await this.#directory(entry, names);
    else if (entry.type === 'file') await this.#file(entry, names);
    else if (entry.type === 'hardlink') await this.#hardLink(entry, names);
    else await this.#special(entry, names);
  }

  async finish(): Promise<Extracted> {
    await this.#settle();
    await this.#endWriter();
    this.#finishing.finish();
    const [files, bytes, hardLinks] = [this.#files, this.#bytes, this.#hardLinks];
    return { files, bytes, hardLinks, warnings: this.#attributes.warnings };
  }

  /** After a failure: nothing is written any more when this has resolved. */
  async abandon(): Promise<void> {
    await this.#writer?.[Symbol.asyncDispose]();
  }

  async #directory(entry: TarEntry, names: readonly Buffer[]): Promise<void> {
    const path = joinPath(this.root, names);
    if (this.#writing.has(keyOf(names))) await this.#settle();
    try {
      // At once, as all that a directory takes: by the thread pool each call waits for two threads to get a processor.
      mkdirSync(path, 0o700);
    } catch (error) {
      if (!hasErrno(error, 'EEXIST')) throw error;
      if (!(await lstatOrUndefined(path))?.isDirectory()) {
        await this.#clear(path);
        await mkdir(path, 0o700);
      }
    }
    this.#whiteouts.madeDirectory(names);
    this.#directories.add(names);
    await this.#attributes.own(path, entry);
    this.#finishing.add(names, path, entry);
  }

  async #file(entry: TarEntry, names: readonly Buffer[]): Promise<void> {
    const key = keyOf(names);
    const path = joinPath(this.root, names);
    if (this.#writing.has(key)) await this.#settle();
    if (this.#directories.has(names)) await this.#clear(path);
    const attributes: FileAttributes = {
      mode: entry.mode,
      owner: this.#attributes.ownerOf(entry),
      mtime: entry.mtime,
      earlier: this.options.earlier?.find(names, { ...entry, ...this.options.owner }),
    };
    if (entry.size > SMALL) return this.#write(path, attributes, () => this.reader.read(), entry);
    const data = await this.reader.readAll();
    const writer = entry.xattrs.size > 0 ? undefined : this.#writerOfMany();
    if (writer === undefined) return this.#write(path, attributes, data, entry);
    this.#writing.add(key);
    return writer.add({ path, data, ...attributes });
  }

  async #write(path: Buffer, attributes: FileAttributes, content: Buffer | NextPart, entry?: TarEntry): Promise<void> {
    try {
      await shareOrWrite(path, attributes, content);
    } catch (error) {
      // Nothing of a large file has been read yet: these errors come before or after its content.
      if (hasErrno(error, 'EEXIST')) {
        await rm(path, { recursive: true, force: true });
        return this.#write(path, attributes, content, entry);
      }
      if (attributes.owner === undefined || !this.#attributes.toleratesOwner(error)) throw error;
      await rm(path, { force: true });
      return this.#write(path, { ...attributes, owner: undefined }, content, entry);
    }
    if (entry !== undefined) this.#attributes.setXattrs(path, entry);
  }

  async #hardLink(entry: TarEntry, names: readonly Buffer[]): Promise<void> {
    this.#hardLinks++;
    await this.#settle();
    const target = [...this.#below, ...splitPath(entry.linkname)];
    const parent = await this.#directories.resolve(target.slice(0, -1));
    const path = joinPath(this.root, names);
    const existing = joinPath(this.root, [...parent, ...target.slice(-1)]);
    // A hard link to a symbolic link is one to the link itself: link(2) does not follow it.
    try {
      await this.#replacing(path, async () => {
        if (this.options.earlier !== undefined) await this.#ownLinks.makeOwn(existing, path);
        await link(existing, path);
      });
    } catch (cause) {
      if (!hasErrno(cause, 'ENOENT')) throw cause;
      const message = `the archive is damaged: ${shownName(entry.name)} is a hard link to ${shownName(entry.linkname)}, which it does not hold`;
      throw invalid({ code: 'tar-link-target-missing', message, cause });
    }
  }

  async #special(entry: TarEntry, names: readonly Buffer[]): Promise<void> {
    const path = joinPath(this.root, names);
    if (this.#writing.has(keyOf(names))) await this.#settle();
    try {
      await this.#replacing(path, async () => {
        if (entry.type === 'symlink') await symlink(entry.linkname, path);
        else mknod(path, SPECIAL[entry.type as keyof typeof SPECIAL] | (entry.mode & 0o777), entry.device);
      });
    } catch (error) {
      if (entry.type === 'symlink' || entry.type === 'fifo' || !hasErrno(error, 'EPERM')) throw error;
      this.#attributes.warn('device files were left out: an ordinary user cannot make them');
      return;
    }
    await this.#attributes.own(path, entry);
    if (entry.type !== 'symlink') await chmod(path, entry.mode);
    this.#attributes.setXattrs(path, entry);
    setTimes(path, entry.mtime, entry.mtime);
  }

  async #replacing(path: Buffer, make: () => Promise<void>): Promise<void> {
    try {
      await make();
    } catch (error) {
      if (!hasErrno(error, 'EEXIST')) throw error;
      await this.#clear(path);
      await make();
    }
  }

  /** Removes what stands where an entry must go. */
  async #clear(path: Buffer): Promise<void> {
    await this.#settle();
    await rm(path, { recursive: true, force: true });
    this.#directories.forget();
    this.#finishing.remove(path);
  }

  /** Writes many files; undefined as long as they are few and no thread waits. */
  #writerOfMany(): FileWriter | undefined {
    if (this.#writer !== undefined) return this.#writer;
    const { threads } = this.options;
    const thread = threads?.take();
    if (thread === undefined && this.#files <= (threads === undefined ? FEW : FEW_BEFORE_KEPT)) return undefined;
    this.#writer = new FileWriter((job) => this.#write(job.path, job, job.data), thread);
    return this.#writer;
  }

  /** After everything was settled. */
  async #endWriter(): Promise<void> {
    const { threads } = this.options;
    if (this.#writer === undefined) return;
    if (threads === undefined) await this.#writer[Symbol.asyncDispose]();
    else await threads.keep(this.#writer.release());
    this.#writer = undefined;
  }

  /** Waits for all files being written. */
  async #settle(): Promise<void> {
    if (this.#writing.size === 0) return;
    await this.#writer?.settle();
    this.#writing.clear();
  }

  /** Error: EngineError `invalid`, code `kind-differs`. */
  async #refuseOtherKind(entry: TarEntry, path: Buffer): Promise<void> {
    const isDirectory = (await lstatOrUndefined(path))?.isDirectory();
    if (isDirectory === undefined || isDirectory === (entry.type === 'directory')) return;
    const [there, new_] = isDirectory ? ['directory', 'non-directory'] : ['non-directory', 'directory'];
    const message = `cannot overwrite ${there} "${path}" with ${new_} "${entry.name}"`;
    throw invalid({ code: 'kind-differs', message, subject: path.toString() });
  }
}

const SPECIAL = { character: FileType.character, block: FileType.block, fifo: FileType.fifo } as const;
