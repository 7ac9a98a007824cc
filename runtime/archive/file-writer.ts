import { Worker } from 'node:worker_threads';
import { internal } from '../errors.ts';
import { type FileAttributes, finishTime } from './write-file.ts';

/** A small file to be made, which must not exist yet. */
export interface FileJob extends FileAttributes {
  readonly path: Buffer;
  readonly data: Buffer;
}

/** As a thread gets it: a buffer arrives as plain bytes. */
interface SentFile extends Omit<FileAttributes, 'earlier'> {
  readonly path: Uint8Array;
  readonly earlier?: Uint8Array | undefined;
  readonly size: number;
}

/** What the thread is sent: a batch's contents in one buffer, cut by the files' sizes. */
interface Batch {
  readonly id: number;
  readonly files: readonly SentFile[];
  readonly contents: Uint8Array;
}

/** What it answers, by position: the files that could not be made, and those that are links to earlier ones. */
interface Done {
  readonly id: number;
  readonly failed: readonly number[];
  readonly shared: readonly number[];
}

const BATCH_FILES = 64;
const BATCH_BYTES = 1 << 20;
/** Batches on their way at a time. */
const MOST_BATCHES = 4;

/**
 * Makes many small files by synchronous calls in a thread of its own: four times as fast as the thread pool, whose four
 * threads wait for each other at the directory's lock.
 */
export class FileWriter {
  readonly #thread: Worker;
  readonly #open = new Map<number, { readonly jobs: readonly FileJob[]; readonly done: () => void }>();
  readonly #batches = new Set<Promise<void>>();
  #jobs: FileJob[] = [];
  #bytes = 0;
  #nextId = 0;
  #failure: unknown;

  /**
   * `onFailed` is given each file that could not be made, to do it again the careful way; nothing of it is left. `thread` is
   * one that another writer has released.
   */
  constructor(
    private readonly onFailed: (job: FileJob) => Promise<void>,
    thread = new Worker(`(${writeBatches.toString()})()`, { eval: true }),
  ) {
    this.#thread = thread.on('message', this.#onDone).on('error', this.#onError).on('exit', this.#onExit);
  }

  /** Takes a file; resolves when there is room for the next. Errors of earlier files show here or in `settle`. */
  async add(job: FileJob): Promise<void> {
    this.#jobs.push(job);
    this.#bytes += job.data.length;
    if (this.#jobs.length < BATCH_FILES && this.#bytes < BATCH_BYTES) return;
    this.#send();
    while (this.#batches.size >= MOST_BATCHES) await Promise.race(this.#batches);
    this.#throwFailure();
  }

  /** Resolves when every file that was taken is there. */
  async settle(): Promise<void> {
    this.#send();
    while (this.#batches.size > 0) await Promise.all(this.#batches);
    this.#throwFailure();
  }

  /** Gives the thread, which has nothing to do, for another writer. Only after `settle`, and without a failure. */
  release(): Worker {
    return this.#thread.off('message', this.#onDone).off('error', this.#onError).off('exit', this.#onExit);
  }

  /** Ends the thread. What is not settled may be there or not, and does not come afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread.terminate();
  }

  #send(): void {
    const jobs = this.#jobs;
    if (jobs.length === 0 || this.#failure !== undefined) return;
    const contents = Buffer.allocUnsafeSlow(this.#bytes);
    let at = 0;
    const files = jobs.map(({ data, ...file }) => {
      at += data.copy(contents, at);
      return { ...file, size: data.length };
    });
    this.#jobs = [];
    this.#bytes = 0;
    const id = this.#nextId++;
    const sent = new Promise<void>((done) => this.#open.set(id, { jobs, done }));
    this.#batches.add(sent);
    void sent.then(() => this.#batches.delete(sent));
    this.#thread.postMessage({ id, files, contents } satisfies Batch, [contents.buffer]);
  }

  readonly #onDone = ({ id, failed, shared }: Done): void => {
    const batch = this.#open.get(id);
    this.#open.delete(id);
    if (batch === undefined) return;
    this.#finish(batch.jobs, new Set(failed), new Set(shared)).then(batch.done, this.#onError);
  };

  readonly #onError = (error: unknown): void => this.#fail(error);

  readonly #onExit = (): void => {
    if (this.#open.size > 0) this.#fail(internal({ code: 'file-writer-ended', message: 'writing files was ended' }));
  };

  async #finish(jobs: readonly FileJob[], failed: ReadonlySet<number>, shared: ReadonlySet<number>): Promise<void> {
    for (const [position, job] of jobs.entries()) {
      if (failed.has(position)) await this.onFailed(job);
      else if (!shared.has(position)) finishTime(job.path, job.mtime);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { done } of this.#open.values()) done();
    this.#open.clear();
    this.#batches.clear();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** Runs in the thread, from its source text alone: it may use nothing of this file. */
function writeBatches(): void {
  const fs = require('node:fs') as typeof import('node:fs');
  const { parentPort } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { O_RDONLY, O_NOFOLLOW, O_NOATIME } = fs.constants;
  const umask = process.umask();
  let read = Buffer.alloc(0);
  /** Makes a file a link to an earlier one that holds the same; false where it does not, or the file system refuses. */
  const share = (earlier: Uint8Array, name: Buffer, content: Uint8Array): boolean => {
    const existing = Buffer.from(earlier);
    let fd = -1;
    try {
      fd = fs.openSync(existing, O_RDONLY | O_NOFOLLOW | O_NOATIME);
      // One byte more: it may be longer.
      if (read.length <= content.length) read = Buffer.allocUnsafeSlow(content.length + 1);
      const length = fs.readSync(fd, read, 0, content.length + 1, 0);
      if (!read.subarray(0, length).equals(content)) return false;
      fs.linkSync(existing, name);
      return true;
    } catch {
      return false;
    } finally {
      if (fd !== -1) fs.closeSync(fd);
    }
  };
  parentPort?.on('message', (batch: Batch) => {
    const failed: number[] = [];
    const shared: number[] = [];
    let at = 0;
    for (const [position, { path, mode, owner, mtime, size, earlier }] of batch.files.entries()) {
      const name = Buffer.from(path);
      const start = at;
      at += size;
      if (earlier !== undefined && share(earlier, name, batch.contents.subarray(start, at))) {
        shared.push(position);
        continue;
      }
      let fd = -1;
      try {
        fd = fs.openSync(name, 'wx', mode & 0o777);
        let written = 0;
        while (written < size) written += fs.writeSync(fd, batch.contents, start + written, size - written);
        if (owner !== undefined) fs.fchownSync(fd, owner.uid, owner.gid);
        if (mode & (0o7000 | umask)) fs.fchmodSync(fd, mode);
        const seconds = Number(mtime / 1_000_000_000n);
        fs.futimesSync(fd, seconds, seconds);
      } catch {
        // The main thread tries again and says why it fails.
        failed.push(position);
        if (fd !== -1) fs.unlinkSync(name);
      } finally {
        if (fd !== -1) fs.closeSync(fd);
      }
    }
    parentPort?.postMessage({ id: batch.id, failed, shared } satisfies Done);
  });
}
