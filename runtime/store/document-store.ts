/** Gives the typed document that unknown JSON spells; throws where it spells none. */
export type ParseDocument<T> = (value: unknown) => T;

/**
 * JSON documents under names, each written atomically. Changes of one name happen in the order in which they were asked for.
 * Errors: EngineError `internal` with code `document-corrupt` for one whose content does not parse.
 */
export interface DocumentStore<T> {
  get(name: string): Promise<T | undefined>;
  put(name: string, document: T): Promise<void>;
  /** One that is not there is no error. */
  delete(name: string): Promise<void>;
  /** Notes that a document is used now, without a wait for the disk. One that is not there is no error. */
  touch(name: string): Promise<void>;
  /** When a document was last written or touched; undefined where it is not there. */
  usedAt(name: string): Promise<Date | undefined>;
  /** Names of all documents, sorted. */
  names(): Promise<string[]>;
  /** Removes what interrupted writes left. Gives a line for the log per thing removed. */
  recover(): Promise<string[]>;
}
