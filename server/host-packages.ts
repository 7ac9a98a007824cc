import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** By its place, whatever PATH says: the only program that is asked, and none of a workspace. */
const PROGRAM = '/usr/bin/apt-cache';
const OPTIONS = { env: { LANG: 'C.UTF-8' }, timeout: 10_000, maxBuffer: 64 << 20 };

/** The packages that this machine's apt knows of, asked for once; none where there is no apt. */
export class HostPackages {
  private known: Promise<readonly string[]> | undefined;

  constructor(private readonly program = PROGRAM) {}

  /** In alphabetical order. */
  names(): Promise<readonly string[]> {
    this.known ??= this.ask(['pkgnames']).then((text) => text.split('\n').filter(isName).sort());
    return this.known;
  }

  /** What a package is, in a line. */
  async description(name: string): Promise<string | undefined> {
    if (!isName(name)) return undefined;
    const text = await this.ask(['show', '--no-all-versions', '--', name]);
    return /^Description(?:-en)?: (.+)$/m.exec(text)?.[1];
  }

  private async ask(args: readonly string[]): Promise<string> {
    try {
      return (await run(this.program, args, OPTIONS)).stdout;
    } catch (error) {
      // It is not there, takes too long, or does not know the package.
      if (error instanceof Error && 'code' in error) return '';
      throw error;
    }
  }
}

/** Debian Policy, 5.6.1: what a package may be called. */
function isName(text: string): boolean {
  return /^[a-z0-9][a-z0-9+.-]+$/.test(text);
}
