import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { KeeperLink } from './link.ts';
import { type KeeperPlan, startKeeper } from './start.ts';

const PROGRAM = join(import.meta.dirname, `bin/keeper-${process.arch}`);

/** A folder with a keeper in it, whose process is a shell script: what an OCI runtime does, in one line of shell. */
export class KeeperUnderTest implements AsyncDisposable {
  private constructor(
    readonly folder: string,
    readonly link: KeeperLink,
  ) {}

  static async start(script: string, changes: Partial<KeeperPlan> = {}): Promise<KeeperUnderTest> {
    const folder = await mkdtemp(join(tmpdir(), 'lapstrake-keeper-'));
    const link = await startKeeper({
      program: PROGRAM,
      folder,
      // A shell gives a background process an empty stdin, if it is not told otherwise, and waits for one that ends at once.
      command: ['sh', '-c', `exec 3<&0; sh -c 'until [ -s pid ]; do :; done; ${script}' <&3 3<&- & echo $! > pid`],
      terminal: false,
      input: false,
      user: { uid: 0, gid: 0 },
      pidFile: 'pid',
      fds: [],
      log: { path: join(folder, 'log'), maxSize: 0, maxFiles: 1 },
      listens: 'on',
      ...changes,
    });
    return new KeeperUnderTest(folder, link);
  }

  /** The log's lines. */
  async log(name = 'log'): Promise<{ readonly log: string; readonly stream: string; readonly time: string }[]> {
    const text = await readFile(join(this.folder, name), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.link.abandon();
    await this.link.ended.catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** All that a stream gives, to its end. */
export async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
