import type { Log } from '../log.ts';
import type { DocumentStore } from '../store/document-store.ts';
import type { ContainerRecord } from './record.ts';

/** Writes a container's record behind its back: changes that come while the disk is busy go into one write. */
export class RecordWriter {
  #next: ContainerRecord | undefined;
  #writing: Promise<void> | undefined;
  #deleted = false;

  constructor(
    private readonly documents: DocumentStore<ContainerRecord>,
    private readonly log: Log,
  ) {}

  /** Resolves when this record or a later one is on the disk; never rejects. */
  save(record: ContainerRecord): Promise<void> {
    this.#next = record;
    this.#writing ??= this.#write();
    return this.#writing;
  }

  /** Waits for what was saved. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async delete(id: string): Promise<void> {
    this.#deleted = true;
    await this.#writing;
    await this.documents.delete(id);
  }

  async #write(): Promise<void> {
    try {
      // Most containers of `run --rm` end before anything needs to be on the disk.
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#next !== undefined && !this.#deleted) {
        const record = this.#next;
        this.#next = undefined;
        await this.documents.put(record.id, record);
      }
    } catch (error) {
      this.log.error('a container’s record cannot be written', error);
    } finally {
      this.#writing = undefined;
    }
  }
}
