import * as z from 'zod/mini';
import { asImageId, type Digest, digestHex, type ImageId, parseDigest } from '../../core/image/digest.ts';
import { BuildRecord, type RecordedStep } from '../../protocol/build-record.ts';
import { isKind } from '../errors.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { openDocuments } from '../store/documents.ts';

/** A step of a build that has ended; without a log where that is to be looked up by the step's key. */
export type DoneStep = Omit<RecordedStep, 'log'> & Partial<Pick<RecordedStep, 'log'>>;

/** How images were built, kept as documents beside them, and what the commands of cached steps wrote. */
export class BuildRecords {
  readonly #records: DocumentStore<BuildRecord>;
  readonly #logs: DocumentStore<{ readonly text: string }>;
  /** Names of records that are there and can be read. */
  readonly #readable = new Set<string>();

  constructor(recordFolder: string, logFolder: string) {
    this.#records = openDocuments(recordFolder, (value) => z.parse(BuildRecord, value));
    this.#logs = openDocuments(logFolder, (value) => z.parse(z.object({ text: z.string() }), value));
  }

  /** Undefined where the image was not built here, or before there were records. */
  get(image: ImageId): Promise<BuildRecord | undefined> {
    return readable(this.#records.get(digestHex(image)));
  }

  /** An image that a build found in the cache as a whole keeps the record of the build that made it. */
  async put({ steps, ...build }: Omit<BuildRecord, 'steps'> & { readonly steps: readonly DoneStep[] }): Promise<void> {
    const name = digestHex(asImageId(parseDigest(build.image)!));
    const isAllCached = steps.every(({ cached, key }) => cached || key === undefined);
    if (!isAllCached || !(await this.#has(name))) {
      const whole = steps.map(async (step) => ({ ...step, log: step.log ?? (await this.#log(step)) }));
      await this.#records.put(name, { ...build, steps: await Promise.all(whole) });
    }
    this.#readable.add(name);
  }

  async forget(image: ImageId): Promise<void> {
    this.#readable.delete(digestHex(image));
    await this.#records.delete(digestHex(image));
  }

  async #has(name: string): Promise<boolean> {
    return this.#readable.has(name) || (await readable(this.#records.get(name))) !== undefined;
  }

  async #log({ key }: DoneStep): Promise<string> {
    const digest = key === undefined ? undefined : parseDigest(key);
    if (digest === undefined) return '';
    return (await readable(this.#logs.get(digestHex(digest))))?.text ?? '';
  }

  async putLog(key: Digest, text: string): Promise<void> {
    if (text === '') await this.#logs.delete(digestHex(key));
    else await this.#logs.put(digestHex(key), { text });
  }

  async forgetLog(key: Digest): Promise<void> {
    await this.#logs.delete(digestHex(key));
  }

  /** Removes what interrupted writes left, and records of images that are gone. Gives a line for the log per thing removed. */
  async recover(isThere: (image: ImageId) => boolean): Promise<string[]> {
    const log = [...(await this.#records.recover()), ...(await this.#logs.recover())];
    for (const name of await this.#records.names()) {
      const digest = parseDigest(`sha256:${name}`);
      if (digest !== undefined && isThere(asImageId(digest))) continue;
      await this.#records.delete(name);
      log.push(`removed the build record of image ${name.slice(0, 12)}, which is gone`);
    }
    return log;
  }
}

async function readable<T>(document: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await document;
  } catch (error) {
    if (isKind(error, 'internal') && error.code === 'document-corrupt') return undefined;
    throw error;
  }
}
