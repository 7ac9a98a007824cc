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
  #saving: Promise<void> = Promise.resolve();

  private constructor(private readonly documents: DocumentStore<Record<string, ImageId>>) {}

  static async open(root: string): Promise<ReferenceTable> {
    const documents = openDocuments(root, (value) => z.parse(StoredReferences, value));
    const table = new ReferenceTable(documents);
    for (const [text, id] of Object.entries((await documents.get(DOCUMENT)) ?? {})) {
      const parsed = parseReference(text);
      if (parsed.ok) table.#entries.set(text, { reference: parsed.reference, id });
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
    return this.#sorted().flatMap((entry) => (entry.id === id ? [entry.reference] : []));
  }

  all(): readonly Entry[] {
    return this.#sorted();
  }

  /** Points references at an image; gives those that pointed at another before, with that one. */
  async set(references: readonly Reference[], id: ImageId): Promise<Entry[]> {
    const moved: Entry[] = [];
    for (const reference of references) {
      const text = formatReference(reference);
      const before = this.#entries.get(text);
      if (before !== undefined && before.id !== id) moved.push(before);
      this.#entries.set(text, { reference, id });
    }
    await this.#save();
    return moved;
  }

  async delete(references: readonly Reference[]): Promise<void> {
    for (const reference of references) this.#entries.delete(formatReference(reference));
    await this.#save();
  }

  #sorted(): Entry[] {
    return [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  }

  /** Writes what holds now, one write after the other. */
  #save(): Promise<void> {
    const saved = this.#saving.then(() =>
      this.documents.put(DOCUMENT, Object.fromEntries([...this.#entries].map(([text, { id }]) => [text, id]))),
    );
    // The next write waits for this one, whether it succeeds or not; its caller hears of a failure.
    this.#saving = saved.catch(() => undefined);
    return saved;
  }
}
