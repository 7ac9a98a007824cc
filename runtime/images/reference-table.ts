import * as z from 'zod/mini';
import type { ImageId } from '../../core/image/digest.ts';
import { formatReference, parseReference, type Reference } from '../../core/image/reference.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { openDocuments } from '../store/documents.ts';
import { StoredReferences } from './stored.ts';

const DOCUMENT = 'references';

interface Entry {
  readonly reference: Reference;
  readonly id: ImageId;
}

/** Which image each reference means. Every reference has a tag or a digest, never both. */
export class ReferenceTable {
  readonly #entries = new Map<string, Entry>();
  /** The texts of each image's references: a listing asks for those of every image. */
  readonly #texts = new Map<ImageId, Set<string>>();
  #saving: Promise<void> = Promise.resolve();
  /** Whether all that is here is on the disk. */
  #isSaved = true;

  private constructor(private readonly documents: DocumentStore<Record<string, ImageId>>) {}

  static async open(root: string): Promise<ReferenceTable> {
    const documents = openDocuments(root, (value) => z.parse(StoredReferences, value));
    const table = new ReferenceTable(documents);
    for (const [text, id] of Object.entries((await documents.get(DOCUMENT)) ?? {})) {
      const parsed = parseReference(text);
      if (parsed.ok) table.#enter(text, { reference: parsed.reference, id });
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

  /** References of an image, sorted. */
  of(id: ImageId): Reference[] {
    return [...(this.#texts.get(id) ?? [])].sort().map((text) => this.#entries.get(text)!.reference);
  }

  all(): readonly Entry[] {
    return [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  }

  /** Points references at an image; gives those that pointed at another before, with that one. */
  async set(references: readonly Reference[], id: ImageId): Promise<Entry[]> {
    // What stands so already, on the disk too, is not written again.
    if (this.#isSaved && references.every((reference) => this.get(reference) === id)) return [];
    const moved: Entry[] = [];
    for (const reference of references) {
      const text = formatReference(reference);
      const before = this.#entries.get(text);
      if (before !== undefined && before.id !== id) moved.push(before);
      this.#enter(text, { reference, id });
    }
    await this.#save();
    return moved;
  }

  async delete(references: readonly Reference[]): Promise<void> {
    for (const reference of references) this.#leave(formatReference(reference));
    await this.#save();
  }

  #enter(text: string, entry: Entry): void {
    this.#leave(text);
    this.#entries.set(text, entry);
    const texts = this.#texts.get(entry.id);
    if (texts === undefined) this.#texts.set(entry.id, new Set([text]));
    else texts.add(text);
  }

  #leave(text: string): void {
    const entry = this.#entries.get(text);
    if (entry === undefined) return;
    this.#entries.delete(text);
    const texts = this.#texts.get(entry.id);
    texts?.delete(text);
    if (texts?.size === 0) this.#texts.delete(entry.id);
  }

  /** Writes what holds now, one write after the other. */
  #save(): Promise<void> {
    const saved = this.#saving.then(() =>
      this.documents.put(DOCUMENT, Object.fromEntries([...this.#entries].map(([text, { id }]) => [text, id]))),
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
