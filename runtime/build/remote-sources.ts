import { join } from 'node:path';
import * as z from 'zod/mini';
import { sha256 } from '../../core/disk/sha256.ts';
import { digestHex } from '../../core/image/digest.ts';
import { DigestText } from '../../core/image/schema.ts';
import type { CopyEffect, CopySource } from '../../core/plan/effect.ts';
import { type GitSource, gitSource } from '../../core/plan/git-source.ts';
import type { BuildPlan } from '../../core/plan/plan.ts';
import { EngineError, invalid, isKind } from '../errors.ts';
import type { HttpClient } from '../registry/http-client.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { openDocuments } from '../store/documents.ts';
import { BuildError } from './build-error.ts';
import type { BuildProgress, BuildRequest } from './builder.ts';
import { type Download, download } from './download.ts';
import type { BuildFloor } from './floor.ts';
import type { GitAccess } from './git-command.ts';
import { checkOut, type FoundCommit, findCommit } from './git-repository.ts';
import { stepAt } from './plan-steps.ts';

type RemoteSource = CopySource & { readonly kind: 'url' | 'git' };

const DownloadDocument = z.object({
  url: z.string(),
  digest: DigestText,
  etag: z.optional(z.string()),
  lastModified: z.optional(z.string()),
});

/** What servers last said about the content of URLs, so that what has not changed need not come again. */
export type KnownDownloads = DocumentStore<z.output<typeof DownloadDocument>>;

export function openKnownDownloads(folder: string): KnownDownloads {
  return openDocuments(folder, (value) => z.parse(DownloadDocument, value));
}

/** How a build reaches repositories. */
export function gitAccess(
  floor: BuildFloor,
  { sshAgents, secrets }: Pick<BuildRequest, 'sshAgents' | 'secrets'>,
): GitAccess {
  return {
    folder: join(floor.folder, 'git'),
    env: floor.env,
    certificates: floor.certificates,
    sshAgent: sshAgents?.get('default'),
    secrets,
  };
}

/** What ADD takes from elsewhere in one build: each source is asked once what it is, and fetched once where it is needed. */
export class RemoteSources implements Disposable {
  readonly #states = new Map<string, string>();
  readonly #files = new Map<string, { readonly path: string; readonly digest: string }>();
  readonly #commits = new Map<string, FoundCommit>();
  readonly #access: GitAccess;
  readonly #client: HttpClient;

  constructor(
    floor: BuildFloor,
    request: BuildRequest,
    private readonly known: KnownDownloads,
    /** Makes the folder for what is fetched, which goes with the build. */
    private readonly makeFolder: () => Promise<string>,
    private readonly signal: AbortSignal,
  ) {
    this.#access = gitAccess(floor, request);
    this.#client = floor.openHttp();
  }

  /** For cache keys: changes with the content behind a source that `look` was told of. */
  readonly state = (url: string): string | undefined => this.#states.get(url);

  /** Asks for the state of every source that the Dockerfile itself does not bind to one. Error: BuildError at its instruction. */
  async look(plan: BuildPlan, progress: BuildProgress): Promise<void> {
    const copies = plan.stages
      .flatMap(({ steps }) => steps)
      .flatMap(({ effect, keyword }) => (effect.kind === 'copy' ? [{ effect, keyword }] : []));
    await Promise.all(
      copies.flatMap(({ effect, keyword }) =>
        effect.sources.map(async (source) => {
          if (source.kind !== 'url' && source.kind !== 'git') return;
          try {
            await this.#look(source, effect);
          } catch (error) {
            this.signal.throwIfAborted();
            const step = stepAt(plan, source.range);
            if (step !== undefined) progress({ kind: 'step', ...step });
            throw failedAt(error, source, keyword);
          }
        }),
      ),
    );
  }

  /** The file behind a URL, its digest checked where one is demanded. */
  async file(source: RemoteSource, checksum: string | undefined): Promise<string> {
    try {
      const { path, digest } = this.#files.get(source.url) ?? (await this.#fetch(source.url));
      if (!checksum || digest === checksum) return path;
      const message = `${source.url}: its digest is ${digest}, not ${checksum}`;
      throw invalid({ code: 'add-checksum', message, subject: source.url });
    } catch (error) {
      this.signal.throwIfAborted();
      throw failedAt(error, source, 'ADD');
    }
  }

  /** The files of a repository, as a folder. */
  async repository(source: RemoteSource, { checksum, keepGitDir }: CopyEffect): Promise<string> {
    try {
      const wanted = repositoryOf(source, checksum);
      const found = this.#commits.get(source.url) ?? (await findCommit(wanted, this.#access, this.signal));
      return await checkOut(wanted, found, await this.#place(), {
        keepGitDir: wanted.keepGitDir ?? keepGitDir,
        access: this.#access,
        signal: this.signal,
      });
    } catch (error) {
      this.signal.throwIfAborted();
      throw failedAt(error, source, 'ADD');
    }
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }

  async #look(source: RemoteSource, { checksum }: CopyEffect): Promise<void> {
    if (source.kind === 'git') {
      const found = await findCommit(repositoryOf(source, checksum), this.#access, this.signal);
      this.#commits.set(source.url, found);
      this.#states.set(source.url, found.commit);
    } else if (!checksum && !this.#states.has(source.url)) {
      const { digest, lastModified } = await this.#content(source.url);
      this.#states.set(source.url, [digest, lastModified ?? ''].join(' '));
    }
  }

  /** Downloads what may have changed since it was last asked for. */
  async #content(url: string): Promise<Download> {
    const name = digestHex(sha256(url));
    const known = await this.known.get(name).catch((error: unknown) => {
      if (isKind(error, 'internal') && error.code === 'document-corrupt') return undefined;
      throw error;
    });
    const path = await this.#place();
    const fetched = await download(url, path, { client: this.#client, etag: known?.etag, signal: this.signal });
    if (fetched === undefined) return known!;
    this.#files.set(url, { path, digest: fetched.digest });
    await this.known.put(name, { url, ...fetched });
    return fetched;
  }

  async #fetch(url: string): Promise<{ readonly path: string; readonly digest: string }> {
    const path = await this.#place();
    const { digest } = (await download(url, path, { client: this.#client, signal: this.signal }))!;
    this.#files.set(url, { path, digest });
    return { path, digest };
  }

  #places = 0;
  #folder: Promise<string> | undefined;
  async #place(): Promise<string> {
    this.#folder ??= this.makeFolder();
    return join(await this.#folder, `remote-${this.#places++}`);
  }
}

function repositoryOf(source: RemoteSource, checksum: string | undefined): GitSource {
  const parsed = gitSource(source.url);
  if (parsed.ok) return checksum ? { ...parsed.source, commit: checksum } : parsed.source;
  throw invalid({ code: 'git-source-invalid', message: parsed.problem, subject: source.url });
}

function failedAt(error: unknown, { range, url }: RemoteSource, keyword: string): unknown {
  if (!(error instanceof EngineError) || error.kind === 'cancelled') return error;
  const { kind, code, message } = error;
  return new BuildError(kind, { code, message: `${keyword} failed: ${message}`, range, subject: url, cause: error });
}
