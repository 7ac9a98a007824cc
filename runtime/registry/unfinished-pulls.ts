import * as z from 'zod/mini';
import { type DiffId, type Digest, digestHex, parseDigest } from '../../core/image/digest.ts';
import { DiffIdText, DigestText } from '../../core/image/schema.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { openDocuments } from '../store/documents.ts';

const Stored = z.object({ layers: z.array(DiffIdText), blobs: z.array(DigestText), since: z.number() });

/** What a pull that did not come to its end has brought, or may have. */
export interface UnfinishedPull {
  readonly layers: readonly DiffId[];
  readonly blobs: readonly Digest[];
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/**
 * Pulls that did not come to their end, by the digest of their manifest: what they brought is kept for a while, so that
 * another attempt, even by the next daemon, fetches only the rest.
 */
export class UnfinishedPulls {
  readonly #pulls = new Map<Digest, UnfinishedPull>();

  private constructor(private readonly documents: DocumentStore<UnfinishedPull>) {}

  /** Reads those that began after `since` (milliseconds since the epoch) and forgets the others. */
  static async open(folder: string, since: number): Promise<UnfinishedPulls> {
    const pulls = new UnfinishedPulls(openDocuments(folder, (value): UnfinishedPull => z.parse(Stored, value)));
    for (const name of await pulls.documents.names()) {
      const digest = parseDigest(`sha256:${name}`);
      const pull = digest === undefined ? undefined : await pulls.documents.get(name);
      if (digest !== undefined && pull !== undefined && pull.since > since) pulls.#pulls.set(digest, pull);
      else await pulls.documents.delete(name);
    }
    return pulls;
  }

  /** Removes what interrupted writes left. Gives a line for the log per thing removed. */
  recover(): Promise<string[]> {
    return this.documents.recover();
  }

  /** Before anything is fetched, so that a crash leaves nothing of which nobody knows. */
  async begin(manifest: Digest, pull: UnfinishedPull): Promise<void> {
    this.#pulls.set(manifest, pull);
    await this.documents.put(digestHex(manifest), pull);
  }

  /** Forgets a pull: it is complete, or what it brought is not wanted. */
  async end(manifest: Digest): Promise<void> {
    this.#pulls.delete(manifest);
    await this.documents.delete(digestHex(manifest));
  }

  all(): Iterable<readonly [Digest, UnfinishedPull]> {
    return this.#pulls;
  }

  get(manifest: Digest): UnfinishedPull | undefined {
    return this.#pulls.get(manifest);
  }
}
