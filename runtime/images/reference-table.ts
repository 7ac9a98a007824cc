import * as z from 'zod/mini';
import type { Digest, ImageId } from '../../core/image/digest.ts';
import { formatReference, parseReference, type Reference } from '../../core/image/reference.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { openDocuments } from '../store/documents.ts';
import { UseCounts } from '../store/use-counts.ts';
import { type StoredIndex, StoredReferences } from './stored.ts';

const DOCUMENT = 'references';

/** What a reference means. */
export interface ReferenceEntry {
  readonly reference: Reference;
  /** Its image; of several platforms, the one for those who ask for none. */
  readonly id: ImageId;
  /** Where it means images of several platforms. */
  readonly index?: StoredIndex | undefined;
}

/** Which image each reference means. Every reference has a tag or a digest, never both. */
export class ReferenceTable {
  readonly #entries = new Map<string, ReferenceEntry>();
  /** The texts of each image's references: a listing asks for those of every image. */
  readonly #texts = new Map<ImageId, Set<string>>();
  /** Images that references mean beside their first, and blobs of their indexes. */
  readonly #parts = new UseCounts<ImageId>();
  readonly #blobs = new UseCounts<Digest>();
  #saving: Promise<void> = Promise.resolve();
  /** Whether all that is here is on the disk. */
  #isSaved = true;

  private constructor(private readonly documents: DocumentStore<StoredReferences>) {}

  static async open(root: string): Promise<ReferenceTable> {
    const documents = openDocuments(root, (value) => z.parse(StoredReferences, value));
    const table = new ReferenceTable(documents);
    for (const [text, value] of Object.entries((await documents.get(DOCUMENT)) ?? {})) {
      const parsed = parseReference(text);
      if (!parsed.ok) continue;
      const { reference } = parsed;
      const entry = typeof value === 'string' ? { reference, id: value } : { reference, id: value.image, ...value };
      table.#enter(text, entry);
    }
    return table;
  }

  /** Removes what interrupted writes left. */
  recover(): Promise<string[]> {
    return this.documents.recover();
  }

  get(reference: Reference): ImageId | undefined {
    return this.#entries.get(formatReference(reference))?.id;
  }

  indexOf(reference: Reference): StoredIndex | undefined {
    return this.#entries.get(formatReference(reference))?.index;
  }

  /** Whether a reference means the image for a platform that must be asked for. */
  isPart(id: ImageId): boolean {
    return this.#parts.has(id);
  }

  /** Whether a blob is an index that a reference has. */
  usesBlob(digest: Digest): boolean {
    return this.#blobs.has(digest);
  }

  /** References of an image, sorted. */
  of(id: ImageId): Reference[] {
    return [...(this.#texts.get(id) ?? [])].sort().map((text) => this.#entries.get(text)!.reference);
  }

  all(): readonly ReferenceEntry[] {
    return [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  }

  /** Whether references mean an image, or those of an index, already, on the disk too. */
  stand(references: readonly Reference[], id: ImageId, index?: StoredIndex): boolean {
    const isMeant = (each: Reference): boolean => means(this.#entries.get(formatReference(each)), id, index);
    return this.#isSaved && references.every(isMeant);
  }

  /** Points references at an image, or at those of an index; gives what those meant that meant something else before. */
  async set(references: readonly Reference[], id: ImageId, index?: StoredIndex): Promise<ReferenceEntry[]> {
    if (this.stand(references, id, index)) return [];
    const moved: ReferenceEntry[] = [];
    for (const reference of references) {
      const text = formatReference(reference);
      const before = this.#entries.get(text);
      if (before !== undefined && !means(before, id, index)) moved.push(before);
      this.#enter(text, { reference, id, index });
    }
    await this.#save();
    return moved;
  }

  async delete(references: readonly Reference[]): Promise<void> {
    for (const reference of references) this.#leave(formatReference(reference));
    await this.#save();
  }

  #enter(text: string, entry: ReferenceEntry): void {
    this.#leave(text);
    this.#entries.set(text, entry);
    this.#parts.add(partsOf(entry));
    this.#blobs.add(entry.index === undefined ? [] : [entry.index.digest]);
    const texts = this.#texts.get(entry.id);
    if (texts === undefined) this.#texts.set(entry.id, new Set([text]));
    else texts.add(text);
  }

  #leave(text: string): void {
    const entry = this.#entries.get(text);
    if (entry === undefined) return;
    this.#entries.delete(text);
    this.#parts.remove(partsOf(entry));
    this.#blobs.remove(entry.index === undefined ? [] : [entry.index.digest]);
    const texts = this.#texts.get(entry.id);
    texts?.delete(text);
    if (texts?.size === 0) this.#texts.delete(entry.id);
  }

  /** Writes what holds now, one write after the other. */
  #save(): Promise<void> {
    const saved = this.#saving.then(() =>
      this.documents.put(
        DOCUMENT,
        Object.fromEntries([...this.#entries].map(([text, entry]) => [text, stored(entry)])),
      ),
    );
    // The next write waits for this one, whether it succeeds or not; its caller hears of a failure.
    const saving = saved.then(
      () => {
        this.#isSaved = this.#saving === saving;
      },
      () => undefined,
    );
    this.#isSaved = false;
    this.#saving = saving;
    return saved;
  }
}

function means(entry: ReferenceEntry | undefined, id: ImageId, index: StoredIndex | undefined): boolean {
  return entry?.id === id && entry.index?.digest === index?.digest;
}

/** Images that a reference means beside its first. */
export function partsOf({ id, index }: ReferenceEntry): ImageId[] {
  return index?.images.filter((image) => image !== id) ?? [];
}

function stored({ id, index }: ReferenceEntry): StoredReferences[string] {
  return index === undefined ? id : { image: id, index };
}
