import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { array, number, object, enum as oneOf, string, type infer as TypeOf } from 'zod/mini';
import { hasErrno } from '../os/errno.ts';
import { isAlive, processStat } from '../os/process-tree.ts';
import { writeFileAtOnce } from '../os/write-at-once.ts';
import { startUplink, type Uplink } from './user-uplink.ts';

const Stored = object({
  pid: number(),
  startTime: string(),
  program: oneOf(['slirp4netns', 'pasta']),
  nameservers: array(string()),
});
type Stored = TypeOf<typeof Stored>;

/** Its name among the records of attached containers. */
export const UPLINK_RECORD = 'uplink';

/** Milliseconds between two looks whether somebody else's child has ended, of which the kernel does not tell us. */
const LOOK = 5;
/** Looks until one that does not end when it is asked to is killed. */
const LOOKS = 400;

/**
 * The way out, which outlives a daemon together with the containers that need it. Disposing ends an earlier daemon's that
 * nobody has asked for.
 */
export class KeptUplink implements AsyncDisposable {
  #kept: Stored | undefined;

  /** `path`: where its record is kept. */
  constructor(private readonly path: string) {}

  /** Finds what an earlier daemon has started; it is of use where the namespace is that daemon's, too. */
  async recover(home: 'new' | 'found'): Promise<void> {
    const stored = await this.#read();
    if (stored === undefined || !(await isAlive(stored))) return;
    if (home === 'found') this.#kept = stored;
    else await end(stored);
  }

  /** Gives the earlier daemon's, else starts one; undefined where there is none to be had. */
  async start(netns: string): Promise<Uplink | undefined> {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) {
      const { program, nameservers } = kept;
      return { program, nameservers, pid: kept.pid, [Symbol.asyncDispose]: () => this.#end(() => end(kept)) };
    }
    const uplink = await startUplink(netns);
    if (uplink === undefined) return undefined;
    const { pid, program, nameservers } = uplink;
    const stored: Stored = {
      ...{ pid, program, nameservers: [...nameservers] },
      startTime: (await processStat(pid))?.startTime ?? '',
    };
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    await writeFileAtOnce(this.path, JSON.stringify(stored));
    return { ...uplink, [Symbol.asyncDispose]: () => this.#end(() => uplink[Symbol.asyncDispose]()) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) await this.#end(() => end(kept));
  }

  async #end(work: () => PromiseLike<void>): Promise<void> {
    await work();
    await rm(this.path, { force: true });
  }

  async #read(): Promise<Stored | undefined> {
    try {
      return Stored.parse(JSON.parse(await readFile(this.path, 'utf8')));
    } catch (error) {
      // One that the machine's end has cut short is of a process that has ended, too.
      if (hasErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}

/** Ends a process that is not our child. */
async function end(of: Stored): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await isAlive(of))) return;
    process.kill(of.pid, signal);
    for (let look = 0; look < LOOKS && (await isAlive(of)); look++) await setTimeout(LOOK);
  }
}
