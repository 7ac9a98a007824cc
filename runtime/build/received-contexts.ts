import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { decompress } from '../archive/compression.ts';
import { EarlierFiles } from '../archive/earlier-files.ts';
import { type Extracted, extract } from '../archive/extract.ts';
import type { FetchedContext } from './remote-context.ts';

/** Making fewer files anew takes no time worth keeping them for. */
const MANY = 500;
/** Contexts that are kept, and bytes of all of them. */
const MOST = 2;
const MOST_BYTES = 2 ** 30;
/** Milliseconds that one is kept for. */
const PATIENCE = 10 * 60_000;

interface KeptContext {
  readonly path: string;
  readonly bytes: number;
  readonly timer: NodeJS.Timeout;
}

/**
 * Contexts that clients send as archives, each in a folder of its own. The last large ones stay for some minutes: the next one
 * is mostly the same but for a few files, and has the others by hard links instead of all being made anew. Nobody writes to
 * them.
 */
export class ReceivedContexts implements AsyncDisposable {
  /** The latest first. */
  #kept: KeptContext[] = [];
  #isClosed = false;

  private constructor(
    /** Holds contexts while they are built. A file in it is never written to again once its context was received. */
    readonly folder: string,
    private readonly keptFolder: string,
    private readonly failed: (error: unknown) => void,
    private readonly patience: number,
  ) {}

  /**
   * Below `parent`, `contexts` has those that are built, `kept-contexts` what stays, for `patience` milliseconds. Removes what an
   * earlier run left; `failed` is told why something could not be removed in time.
   */
  static async open(parent: string, failed: (error: unknown) => void, patience = PATIENCE): Promise<ReceivedContexts> {
    const contexts = new ReceivedContexts(join(parent, 'contexts'), join(parent, 'kept-contexts'), failed, patience);
    for (const folder of [contexts.folder, contexts.keptFolder]) {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    return contexts;
  }

  /** Unpacks a tar archive of any compression. Errors: those of `decompress` and `extract`; nothing is left then. */
  async receive(body: Readable, signal: AbortSignal): Promise<FetchedContext> {
    const path = await mkdtemp(join(this.folder, 'context-'));
    try {
      // A failure must leave the connection for its answer: destroying the body would take that along.
      const bytes = Readable.from(body.iterator({ destroyOnReturn: false }), { objectMode: false });
      const archive = await decompress(bytes, signal);
      const kept = this.#kept.map((each) => Buffer.from(each.path));
      const extracted = await extract(archive, path, {
        whiteouts: 'literal',
        ownership: 'where-possible',
        earlier: kept.length === 0 ? undefined : new EarlierFiles(kept),
        signal,
      });
      return { path, [Symbol.asyncDispose]: () => this.#end(path, extracted) };
    } catch (error) {
      await discard(path);
      throw error;
    }
  }

  /** Removes all that is kept. */
  async clear(): Promise<void> {
    await Promise.all(this.#kept.map((each) => this.#remove(each)));
  }

  /** Removes all that is kept, and keeps nothing any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.clear();
  }

  async #end(path: string, { files, bytes, hardLinks }: Extracted): Promise<void> {
    // Of what has hard links, two names might be taken for files of their own.
    if (this.#isClosed || files < MANY || bytes > MOST_BYTES || hardLinks > 0) return discard(path);
    const aside = join(this.keptFolder, basename(path));
    await rename(path, aside);
    const timer = setTimeout(() => void this.#remove(kept).catch(this.failed), this.patience).unref();
    const kept: KeptContext = { path: aside, bytes, timer };
    this.#kept = [kept, ...this.#kept];
    let sum = 0;
    const tooMuch = this.#kept.filter((each, i) => {
      sum += each.bytes;
      return i >= MOST || sum > MOST_BYTES;
    });
    await Promise.all(tooMuch.map((each) => this.#remove(each)));
  }

  async #remove(kept: KeptContext): Promise<void> {
    clearTimeout(kept.timer);
    this.#kept = this.#kept.filter((each) => each !== kept);
    await discard(kept.path);
  }
}

function discard(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}
