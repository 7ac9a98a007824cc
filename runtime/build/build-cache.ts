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
  instruction: z.optional(DigestText),
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
  /** Names the instruction, whatever it is done on and with (`nameOfInstruction`); absent where only this engine's cache says. */
  readonly instruction?: Digest | undefined;
}

/** Milliseconds within which a step that is used again is not noted again. */
const USE_INTERVAL = 60_000;
/** Records that are held in memory: half a kilobyte each. */
const MOST_HELD = 10_000;

/** Steps that were done, by their cache keys; kept as documents in `folder`, which nobody else writes. */
export class BuildCache {
  readonly #documents: DocumentStore<StepRecord>;
  readonly #held = new Map<Digest, StepRecord>();
  /** When the use of a step was last noted, in milliseconds. */
  readonly #noted = new Map<Digest, number>();
  /** Keys of the steps that each instruction has made. */
  readonly #made = new Map<Digest, Set<Digest>>();
  #isIndexed = false;

  constructor(folder: string) {
    this.#documents = openDocuments(folder, (value) => stepRecord(z.parse(StepDocument, value)));
  }

  /** A record that cannot be read counts as none: the step is done again and written anew. */
  async get(key: Digest): Promise<StepRecord | undefined> {
    const held = this.#held.get(key);
    if (held !== undefined) return held;
    try {
      const record = await this.#documents.get(digestHex(key));
      if (record !== undefined) this.#hold(record);
      return record;
    } catch (error) {
      if (isKind(error, 'internal') && error.code === 'document-corrupt') return undefined;
      throw error;
    }
  }

  async put(record: StepRecord): Promise<void> {
    await this.#documents.put(digestHex(record.key), record);
    this.#hold(record);
  }

  /** Notes that a step's record serves a build, to the minute. */
  async use(key: Digest): Promise<void> {
    const now = Date.now();
    if (now - (this.#noted.get(key) ?? 0) < USE_INTERVAL) return;
    if (this.#noted.size >= MOST_HELD) this.#noted.clear();
    this.#noted.set(key, now);
    await this.#documents.touch(digestHex(key));
  }

  /** When a step last served a build, or was done; now for one that is gone. */
  async usedAt(key: Digest): Promise<Date> {
    return (await this.#documents.usedAt(digestHex(key))) ?? new Date();
  }

  async all(): Promise<StepRecord[]> {
    const names = await this.#documents.names();
    const keys = names.flatMap((name) => parseDigest(`sha256:${name}`) ?? []);
    const records = await Promise.all(keys.map((key) => this.get(key)));
    return records.filter((record) => record !== undefined);
  }

  /** What an instruction has made so far, of whatever, the latest first. */
  async madeBy(instruction: Digest): Promise<StepRecord[]> {
    if (!this.#isIndexed) await this.all();
    this.#isIndexed = true;
    const keys = [...(this.#made.get(instruction) ?? [])];
    const records = (await Promise.all(keys.map((key) => this.get(key)))).filter((record) => record !== undefined);
    return records.sort((a, b) => (a.builtAt < b.builtAt ? 1 : -1));
  }

  /** Removes what interrupted writes left. Gives a line for the log per thing removed. */
  recover(): Promise<string[]> {
    return this.#documents.recover();
  }

  async delete(key: Digest): Promise<void> {
    await this.#documents.delete(digestHex(key));
    this.#held.delete(key);
    this.#noted.delete(key);
    for (const keys of this.#made.values()) keys.delete(key);
  }

  #hold(record: StepRecord): void {
    this.#held.set(record.key, record);
    const { instruction } = record;
    if (instruction !== undefined) {
      this.#made.set(instruction, (this.#made.get(instruction) ?? new Set()).add(record.key));
    }
    if (this.#held.size <= MOST_HELD) return;
    const [oldest] = this.#held.keys();
    if (oldest !== undefined) this.#held.delete(oldest);
  }
}

/** Reads a step's record. */
export function stepRecord({ parent, ...rest }: z.output<typeof StepDocument>): StepRecord {
  return { ...rest, ...(parent !== undefined && { parent: parent as string as ChainId }) };
}
