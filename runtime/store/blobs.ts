import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { addAbortSignal, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, digestHex, parseDigest } from '../../core/image/digest.ts';
import { internal, invalid, notFound } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { isTemporaryName, writeFileAtomically } from './atomic-file.ts';
import type { BlobClaim, BlobInfo, BlobStore } from './blob-store.ts';
import { parseIndex } from './layout-index.ts';
import { corruptBlob, VerifyDigest } from './verify.ts';

const CHUNK = 1 << 20;

/**
 * Opens the OCI image layout at `root`, making it where there is none, and removes what an interrupted `put` left.
 * One process at a time may hold it (`lock.ts`).
 */
export async function openBlobStore(root: string): Promise<BlobStore> {
  const folder = join(root, 'blobs', 'sha256');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeIfMissing(join(root, 'oci-layout'), { imageLayoutVersion: '1.0.0' });
  await writeIfMissing(join(root, 'index.json'), { schemaVersion: 2, manifests: [] });
  for (const name of await readdir(folder)) if (isTemporaryName(name)) await rm(join(folder, name));
  return new LayoutBlobs(root, folder);
}

class LayoutBlobs implements BlobStore {
  #indexChange: Promise<void> = Promise.resolve();

  constructor(
    private readonly root: string,
    private readonly folder: string,
  ) {}

  async has(digest: Digest): Promise<boolean> {
    try {
      await stat(this.#path(digest));
      return true;
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return false;
      throw error;
    }
  }

  async stat(digest: Digest): Promise<BlobInfo> {
    return { digest, size: (await this.#orMissing(digest, stat(this.#path(digest)))).size };
  }

  async put(data: Uint8Array | Readable, claim: BlobClaim = {}, signal?: AbortSignal): Promise<BlobInfo> {
    const temporary = join(this.folder, `.${randomBytes(6).toString('hex')}.tmp`);
    try {
      const info = await writeHashed(data instanceof Readable ? data : [data], temporary, signal);
      checkClaim(info, claim);
      await rename(temporary, this.#path(info.digest));
      return info;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async open(digest: Digest, range?: { readonly start: number; readonly end?: number | undefined }): Promise<Readable> {
    const file = await this.#orMissing(digest, open(this.#path(digest)));
    return file.createReadStream({
      highWaterMark: CHUNK,
      ...(range === undefined ? {} : { start: range.start }),
      ...(range?.end === undefined ? {} : { end: range.end }),
    });
  }

  async openVerified(digest: Digest): Promise<Readable> {
    const verify = new VerifyDigest(digest);
    // A failure reaches the reader as the error of the stream that it reads.
    pipeline(await this.open(digest), verify).catch((error: Error) => verify.destroy(error));
    return verify;
  }

  async read(digest: Digest, limit = 4 << 20): Promise<Buffer> {
    const { size } = await this.stat(digest);
    if (size > limit) {
      throw invalid({ code: 'blob-too-large', message: `blob ${digest} has ${size} bytes, more than ${limit}` });
    }
    const data = await this.#orMissing(digest, readFile(this.#path(digest)));
    const found = `sha256:${createHash('sha256').update(data).digest('hex')}`;
    if (found !== digest) throw corruptBlob(digest, `its bytes have the digest ${found}`);
    return data;
  }

  async delete(digest: Digest): Promise<void> {
    await rm(this.#path(digest), { force: true });
  }

  async list(): Promise<BlobInfo[]> {
    const digests = (await readdir(this.folder)).flatMap((name) => parseDigest(`sha256:${name}`) ?? []);
    return Promise.all(digests.sort().map((digest) => this.stat(digest)));
  }

  async index() {
    return parseIndex(await readFile(join(this.root, 'index.json'), 'utf8'));
  }

  updateIndex(change: Parameters<BlobStore['updateIndex']>[0]): Promise<void> {
    const update = async (): Promise<void> => {
      const manifests = change(await this.index());
      await writeFileAtomically(join(this.root, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
    };
    const changed = this.#indexChange.then(update);
    // The next change waits for this one, whether it succeeds or not; its caller hears of a failure.
    this.#indexChange = changed.catch(() => undefined);
    return changed;
  }

  #path(digest: Digest): string {
    return join(this.folder, digestHex(digest));
  }

  async #orMissing<T>(digest: Digest, result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (cause) {
      if (!hasErrno(cause, 'ENOENT')) throw cause;
      throw notFound({
        code: 'blob-missing',
        message: `blob ${digest} is not in the image store: remove the images that use it and pull or build them again`,
        subject: digest,
      });
    }
  }
}

/** Writes and fsyncs a file and gives its digest and size. */
async function writeHashed(
  data: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  path: string,
  signal?: AbortSignal,
): Promise<BlobInfo> {
  const hash = createHash('sha256');
  let size = 0;
  if (signal !== undefined && data instanceof Readable) addAbortSignal(signal, data);
  await using file = await open(path, 'wx', 0o600);
  for await (const chunk of data) {
    hash.update(chunk);
    size += chunk.length;
    await file.writeFile(chunk);
  }
  await file.datasync();
  const digest = parseDigest(`sha256:${hash.digest('hex')}`);
  if (digest === undefined) throw internal({ code: 'digest-invalid', message: 'SHA-256 gave no digest' });
  return { digest, size };
}

function checkClaim(info: BlobInfo, claim: BlobClaim): void {
  if (claim.size !== undefined && claim.size !== info.size) {
    throw invalid({
      code: 'blob-size-differs',
      message: `received ${info.size} bytes of ${claim.digest ?? 'a blob'}, expected ${claim.size}: try again`,
      subject: claim.digest,
    });
  }
  if (claim.digest !== undefined && claim.digest !== info.digest) {
    throw invalid({
      code: 'blob-digest-differs',
      message: `received bytes with the digest ${info.digest}, expected ${claim.digest}: try again`,
      subject: claim.digest,
    });
  }
}

async function writeIfMissing(path: string, content: unknown): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    await writeFileAtomically(path, JSON.stringify(content));
  }
}
