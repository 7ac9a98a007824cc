import { createHash } from 'node:crypto';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, digestHex, parseDigest } from '../../core/image/digest.ts';
import { invalid, notFound } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import {
  makeFolderDurably,
  removeTemporaryFiles,
  renameDurably,
  temporaryIn,
  writeFileAtomically,
} from './atomic-file.ts';
import { type BlobPin, BlobPins } from './blob-pins.ts';
import type { BlobClaim, BlobInfo, BlobStore } from './blob-store.ts';
import { parseIndex } from './layout-index.ts';
import { SerialByName } from './serial-by-name.ts';
import { corruptBlob, VerifyDigest } from './verify.ts';
import { writeHashed } from './write-hashed.ts';

const CHUNK = 1 << 20;

/**
 * Opens the OCI image layout at `root`, making it where there is none. One process at a time may hold it (`lock.ts`);
 * `recover` removes what an interrupted one left.
 */
export async function openBlobStore(root: string): Promise<BlobStore> {
  const folder = join(root, 'blobs', 'sha256');
  await makeFolderDurably(folder);
  await writeIfMissing(join(root, 'oci-layout'), { imageLayoutVersion: '1.0.0' });
  await writeIfMissing(join(root, 'index.json'), { schemaVersion: 2, manifests: [] });
  return new LayoutBlobs(root, folder);
}

class LayoutBlobs implements BlobStore {
  readonly #pins = new BlobPins();
  /** Names come and go one after the other: a blob that comes while it is deleted is there afterwards. */
  readonly #renames = new SerialByName();
  readonly #index = new SerialByName();

  constructor(
    private readonly root: string,
    private readonly folder: string,
  ) {}

  async has(digest: Digest): Promise<boolean> {
    await this.#renames.settled(digest);
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
    const temporary = temporaryIn(this.folder);
    try {
      const info = await writeHashed(data instanceof Readable ? data : [data], temporary, signal);
      checkClaim(info, claim);
      claim.pin?.add(info.digest);
      await this.#renames.run(info.digest, () => renameDurably(temporary, this.#path(info.digest)));
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
    await this.#renames.run(digest, async () => {
      if (!this.#pins.has(digest)) await rm(this.#path(digest), { force: true });
    });
  }

  pin(digests: Iterable<Digest> = []): BlobPin {
    return this.#pins.pin(digests);
  }

  async list(): Promise<BlobInfo[]> {
    const digests = (await readdir(this.folder)).flatMap((name) => parseDigest(`sha256:${name}`) ?? []);
    const infos = digests.sort().map(async (digest): Promise<BlobInfo[]> => {
      try {
        return [{ digest, size: (await stat(this.#path(digest))).size }];
      } catch (error) {
        // It was deleted since its name was read.
        if (hasErrno(error, 'ENOENT')) return [];
        throw error;
      }
    });
    return (await Promise.all(infos)).flat();
  }

  async index() {
    return parseIndex(await readFile(join(this.root, 'index.json'), 'utf8'));
  }

  updateIndex(change: Parameters<BlobStore['updateIndex']>[0]): Promise<void> {
    return this.#index.run('', async () => {
      const manifests = change(await this.index());
      await writeFileAtomically(join(this.root, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
    });
  }

  async recover(): Promise<string[]> {
    const left = [...(await removeTemporaryFiles(this.root)), ...(await removeTemporaryFiles(this.folder))];
    return left.map((path) => `removed ${path}, which an interrupted write left`);
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
