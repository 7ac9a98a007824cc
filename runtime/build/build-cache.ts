import * as z from 'zod/mini';
import { type ChainId, type DiffId, type Digest, digestHex, parseDigest } from '../../core/image/digest.ts';
import { DiffIdText, DigestText } from '../../core/image/schema.ts';
import { isKind } from '../errors.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { openDocuments } from '../store/documents.ts';

/** A step's record as it is written. */
export const StepDocument = z.object({
  key: DigestText,
  diffId: z.optional(DiffIdText),
  parent: z.optional(DigestText),
  ground: z.string(),
  bytes: z.number(),
  files: z.number(),
  duration: z.number(),
  builtAt: z.string(),
});

/** What is remembered of a step that was done. */
export interface StepRecord {
  readonly key: Digest;
  /** Absent for a step that made no layer. */
  readonly diffId?: DiffId | undefined;
  /** The layers that it was done on; absent for none. */
  readonly parent?: ChainId | undefined;
  /** The layers that it was done with (`groundOf`). */
  readonly ground: string;
  /** Bytes of the layer's files. */
  readonly bytes: number;
  readonly files: number;
  /** Milliseconds that it took. */
  readonly duration: number;
  /** RFC 3339. */
  readonly builtAt: string;
}

/** Steps that were done, by their cache keys; kept as documents in `folder`. */
export class BuildCache {
  readonly #documents: DocumentStore<StepRecord>;

  constructor(folder: string) {
    this.#documents = openDocuments(folder, (value) => stepRecord(z.parse(StepDocument, value)));
  }

  /** A record that cannot be read counts as none: the step is done again and written anew. */
  async get(key: Digest): Promise<StepRecord | undefined> {
    try {
      return await this.#documents.get(digestHex(key));
    } catch (error) {
      if (isKind(error, 'internal') && error.code === 'document-corrupt') return undefined;
      throw error;
    }
  }

  put(record: StepRecord): Promise<void> {
    return this.#documents.put(digestHex(record.key), record);
  }

  async all(): Promise<StepRecord[]> {
    const names = await this.#documents.names();
    const keys = names.flatMap((name) => parseDigest(`sha256:${name}`) ?? []);
    const records = await Promise.all(keys.map((key) => this.get(key)));
    return records.filter((record) => record !== undefined);
  }

  /** Removes what interrupted writes left. Gives a line for the log per thing removed. */
  recover(): Promise<string[]> {
    return this.#documents.recover();
  }

  async clear(): Promise<Digest[]> {
    const records = await this.all();
    for (const name of await this.#documents.names()) await this.#documents.delete(name);
    return records.map(({ key }) => key);
  }
}

/** Reads a step's record. */
export function stepRecord({ parent, ...rest }: z.output<typeof StepDocument>): StepRecord {
  return { ...rest, ...(parent !== undefined && { parent: parent as string as ChainId }) };
}
