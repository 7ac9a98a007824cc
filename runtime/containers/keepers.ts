import { mkdir, readdir, readFile, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { connectKeeper } from '../keeper/connect.ts';
import { readExitRecord } from '../keeper/exit-record.ts';
import type { KeeperLink } from '../keeper/link.ts';
import type { ChildExit } from '../os/child-exit.ts';
import { hasErrno } from '../os/errno.ts';
import { writeFileAtOnce } from '../os/write-at-once.ts';
import type { HeldProcess } from '../sandbox/holder.ts';
import { heldBy, type Keeping } from '../sandbox/keeper-holder.ts';
import { logRotation } from './log-options.ts';
import type { ContainerRecord } from './record.ts';

/**
 * What an earlier daemon's keeper is found to be: still at work, or gone with or without a record of its process's end.
 * `startedAt` in milliseconds since the epoch.
 */
export type Survivor =
  | { readonly kind: 'running'; readonly startedAt: number; readonly link: KeeperLink; readonly pid: number }
  | { readonly kind: 'ended'; readonly startedAt: number; readonly exit: ChildExit }
  | { readonly kind: 'lost' };

/** What is left of an exec. One that is just being started in a paused container is not settled before that goes on. */
export interface SurvivingExec {
  readonly id: string;
  readonly record: unknown;
  readonly survivor: Promise<Survivor>;
  readonly state: 'starting' | 'settled';
}

/** The keepers of an engine's containers and execs: where their folders are, and who of them outlived a daemon. */
export class Keepers {
  readonly #containers: string;
  readonly #execs: string;

  /** `program`: absolute path of the keeper's program; `folder`: for the keepers alone. */
  constructor(
    readonly program: string,
    readonly folder: string,
  ) {
    this.#containers = join(folder, 'containers');
    this.#execs = join(folder, 'execs');
  }

  /** Folder of a container's keeper. */
  containerFolder(id: string): string {
    return join(this.#containers, id);
  }

  execFolder(id: string): string {
    return join(this.#execs, id);
  }

  /** How a container's first process is kept; `logPath` is where what it writes goes. */
  container(record: ContainerRecord, logPath: string, listens: 'on' | 'off'): Keeping {
    const rotation = logRotation(record.hostConfig.LogConfig);
    const log = rotation && { path: logPath, ...rotation };
    return { program: this.program, folder: this.containerFolder(record.id), log, listens };
  }

  exec(id: string, listens: 'on' | 'off'): Keeping {
    return { program: this.program, folder: this.execFolder(id), listens };
  }

  /** What is left of each container's keeper. */
  async containers(): Promise<ReadonlyMap<string, Survivor>> {
    const ids = await namesIn(this.#containers);
    const found = await Promise.all(ids.map((id) => survivor(this.containerFolder(id))));
    return new Map(ids.map((id, index) => [id, found[index]!]));
  }

  /** What is left of the execs that ran: their records as `rememberExec` got them, undefined where they cannot be read. */
  async execs(): Promise<readonly SurvivingExec[]> {
    const names = (await namesIn(this.#execs)).filter((name) => name.endsWith('.json'));
    return Promise.all(
      names.map(async (name) => {
        const id = name.slice(0, -'.json'.length);
        const record = fromJson(await readFile(join(this.#execs, name), 'utf8'));
        return { id, record, ...(await execSurvivor(this.execFolder(id))) };
      }),
    );
  }

  /** Keeps what a later daemon has to know of an exec that runs. */
  async rememberExec(id: string, record: unknown): Promise<void> {
    const write = (): Promise<void> => writeFileAtOnce(`${this.execFolder(id)}.json`, JSON.stringify(record));
    try {
      await write();
    } catch (error) {
      if (!hasErrno(error, 'ENOENT')) throw error;
      await mkdir(this.#execs, { recursive: true, mode: 0o700 });
      await write();
    }
  }

  async forgetExec(id: string): Promise<void> {
    const folder = this.execFolder(id);
    await Promise.all([removeFile(`${folder}.json`), removeKeeperFolder(folder)]);
  }

  async forgetContainer(id: string): Promise<void> {
    await rm(this.containerFolder(id), { recursive: true, force: true });
  }
}

/** Undefined where the machine's end has cut the text short. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A survivor's process, as if it had been started now; undefined for one of which nothing is known. */
export function heldSurvivor(
  found: Survivor,
  streams: { readonly tty: boolean; readonly stdin: boolean },
  folder: string,
): HeldProcess | undefined {
  if (found.kind === 'running') return heldBy(found.link, found.pid, streams, folder);
  if (found.kind === 'lost') return undefined;
  const stdout = Readable.from([]);
  return { pid: 0, stdin: undefined, stdout, stderr: undefined, resize: () => {}, ended: Promise.resolve(found.exit) };
}

/** `onStarting` is called where the process is not yet there. */
async function survivor(folder: string, onStarting?: () => void): Promise<Survivor> {
  const startedAt = await madeAt(join(folder, 'keeper.sock'));
  if (startedAt === undefined) return { kind: 'lost' };
  const found = await connectKeeper(folder);
  if (found !== undefined) {
    if (found.hello.process === undefined) onStarting?.();
    try {
      // One that is just being started comes to be or not.
      return { kind: 'running', startedAt, link: found.link, pid: await found.link.running };
    } catch {
      // It has ended in this moment, as its record says, or could not be started.
    }
  }
  const exit = await readExitRecord(folder);
  return exit === undefined ? { kind: 'lost' } : { kind: 'ended', startedAt, exit };
}

function execSurvivor(folder: string): Promise<Pick<SurvivingExec, 'survivor' | 'state'>> {
  return new Promise((resolve, reject) => {
    const found = survivor(folder, () => resolve({ survivor: found, state: 'starting' }));
    found.then(() => resolve({ survivor: found, state: 'settled' }), reject);
  });
}

async function madeAt(path: string): Promise<number | undefined> {
  try {
    return Math.trunc((await stat(path)).mtimeMs);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** A process that keeps the namespaces of an earlier daemon alive: any of its keepers; undefined where none lives. */
export async function anyKeeper(folder: string): Promise<number | undefined> {
  for (const kind of ['containers', 'execs']) {
    for (const name of await namesIn(join(folder, kind))) {
      const found = await connectKeeper(join(folder, kind, name));
      found?.link.leave();
      if (found !== undefined) return found.hello.keeper;
    }
  }
  return undefined;
}

/** What an exec's keeper leaves. */
const LEFT = ['keeper.sock', 'exit', 'pid'];

/** In two steps, where nothing but that is there: `rm` looks at everything, which takes four times as many. */
async function removeKeeperFolder(folder: string): Promise<void> {
  await Promise.all(LEFT.map((name) => removeFile(join(folder, name))));
  try {
    await rmdir(folder);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) await rm(folder, { recursive: true, force: true });
  }
}

/** One that is not there is no error. */
async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
