import { createReadStream } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gitContext, gitSource } from '../../core/plan/git-source.ts';
import { decompress } from '../archive/compression.ts';
import { extract } from '../archive/extract.ts';
import { invalid } from '../errors.ts';
import { beginsAsTar } from './context-archives.ts';
import { download } from './download.ts';
import type { BuildFloor } from './floor.ts';
import type { GitAccess } from './git-command.ts';
import { checkOut, findCommit } from './git-repository.ts';

/** Bytes of a Dockerfile that is a whole context. */
const MOST_DOCKERFILE = 64 << 20;

/** A context that came from elsewhere, in a folder of its own that goes with the disposal. */
export interface FetchedContext extends AsyncDisposable {
  readonly path: string;
  /** When it is from: its commit, or what its server or its archive says. */
  readonly date?: Date;
  /** It is nothing but a Dockerfile, which has this name. */
  readonly dockerfile?: string;
}

/**
 * Fetches the context of a build that is named by an address: a Git repository, a tar archive of any compression, or a
 * Dockerfile alone. Errors: EngineError `invalid` for what is none of these, `unavailable` for what cannot be had.
 */
export async function fetchContext(
  address: string,
  options: {
    readonly parent: string;
    readonly floor: Pick<BuildFloor, 'openHttp'>;
    readonly access: GitAccess;
    readonly keepGitDir: boolean;
    readonly signal: AbortSignal;
  },
): Promise<FetchedContext> {
  await mkdir(options.parent, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(options.parent, 'remote-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const repository = gitContext(address);
    const found =
      repository === undefined
        ? await fromUrl(readUrl(address), folder, options)
        : await fromGit(repository, join(folder, 'context'), options);
    return { ...found, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function fromGit(
  address: string,
  folder: string,
  { access, keepGitDir, signal }: Parameters<typeof fetchContext>[1],
): Promise<Pick<FetchedContext, 'path' | 'date'>> {
  const parsed = gitSource(address);
  if (!parsed.ok) {
    const message = `${address} is no Git repository to build: ${parsed.problem}`;
    throw invalid({ code: 'git-source-invalid', message, subject: address });
  }
  const { source } = parsed;
  const found = await findCommit(source, access, signal);
  const path = await checkOut(source, found, folder, {
    keepGitDir: source.keepGitDir ?? keepGitDir,
    access,
    signal,
  });
  // All that was checked out has the commit's time.
  return { path, date: (await stat(folder)).mtime };
}

async function fromUrl(
  url: string,
  folder: string,
  { floor, signal }: Parameters<typeof fetchContext>[1],
): Promise<Omit<FetchedContext, typeof Symbol.asyncDispose>> {
  const [file, path] = [join(folder, 'download'), join(folder, 'context')];
  using client = floor.openHttp();
  const modified = Date.parse((await download(url, file, { client, signal }))?.lastModified ?? '');
  const said = Number.isNaN(modified) ? undefined : new Date(modified);
  await mkdir(path, { mode: 0o755 });
  if (await beginsAsTar(file, signal)) {
    const archive = await decompress(createReadStream(file), signal);
    await extract(archive, path, { whiteouts: 'literal', ownership: 'where-possible', signal });
    const date = said ?? (await newest(path));
    return { path, ...(date && { date }) };
  }
  const text = await readFile(file);
  if (text.length <= MOST_DOCKERFILE && !text.includes(0)) {
    await writeFile(join(path, 'Dockerfile'), text);
    return { path, dockerfile: 'Dockerfile', ...(said && { date: said }) };
  }
  throw invalid({
    code: 'context-unknown',
    message: `${url} is no build context: it is neither a tar archive nor a Dockerfile`,
    subject: url,
  });
}

/** When the newest of a folder's files was changed; undefined where it has none. */
async function newest(folder: string): Promise<Date | undefined> {
  let found: Date | undefined;
  for (const name of await readdir(folder, { recursive: true })) {
    const stats = await lstat(join(folder, name));
    if (!stats.isFile()) continue;
    const { mtime } = stats;
    if (found === undefined || mtime > found) found = mtime;
  }
  return found;
}

/** Error: EngineError `invalid` for anything but an address of http or https: `file://` would be the engine's own files. */
function readUrl(address: string): string {
  if (/^https?:\/\//i.test(address) && URL.canParse(address)) return address;
  throw invalid({
    code: 'remote-context-invalid',
    message: `${address} is no build context: it is an address of http or https, or one of a Git repository`,
    subject: address,
  });
}
