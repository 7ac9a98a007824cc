import * as z from 'zod/mini';
import { asDiffId, type DiffId, type Digest, digestHex, parseDigest } from '../../core/image/digest.ts';
import { type Reference, repositoryName } from '../../core/image/reference.ts';
import { DigestText } from '../../core/image/schema.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { openDocuments } from '../store/documents.ts';

const StoredForms = z.array(
  z.object({ digest: DigestText, size: z.number(), mediaType: z.string(), repositories: z.array(z.string()) }),
);

/** A blob as which registries have a layer. */
export interface LayerForm {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly mediaType: string;
  /** Full names (`docker.io/library/busybox`) of repositories that have it, the newest last. */
  readonly repositories: readonly string[];
}

const MOST_FORMS = 4;
const MOST_REPOSITORIES = 16;

/**
 * In which form registries have a layer, and where: learnt from pulls and pushes, so that a push need not compress or
 * upload again what is there, and can have it mounted from another repository.
 */
export class LayerSources {
  readonly #forms = new Map<DiffId, readonly LayerForm[]>();

  private constructor(private readonly documents: DocumentStore<readonly LayerForm[]>) {}

  /** Forgets what is known of layers that are not here. */
  static async open(folder: string, isHere: (layer: DiffId) => boolean): Promise<LayerSources> {
    const sources = new LayerSources(openDocuments(folder, (value): LayerForm[] => z.parse(StoredForms, value)));
    for (const name of await sources.documents.names()) {
      const digest = parseDigest(`sha256:${name}`);
      const forms = digest === undefined || !isHere(asDiffId(digest)) ? undefined : await sources.documents.get(name);
      if (digest !== undefined && forms !== undefined) sources.#forms.set(asDiffId(digest), forms);
      else await sources.documents.delete(name);
    }
    return sources;
  }

  /** Removes what interrupted writes left. Gives a line for the log per thing removed. */
  recover(): Promise<string[]> {
    return this.documents.recover();
  }

  /** The newest first. */
  of(layer: DiffId): readonly LayerForm[] {
    return this.#forms.get(layer) ?? [];
  }

  /** Remembers that a repository has a layer as this blob. The caller knows that the blob is the layer. */
  async add(
    layer: DiffId,
    { digest, size, mediaType }: Omit<LayerForm, 'repositories'>,
    repository: Pick<Reference, 'domain' | 'path'>,
  ): Promise<void> {
    const name = repositoryName(repository);
    const known = this.of(layer);
    const before = known.find((form) => form.digest === digest);
    if (before !== undefined && before === known[0] && before.repositories.at(-1) === name) return;
    const repositories = [...(before?.repositories ?? []).filter((each) => each !== name), name];
    const form = { digest, size, mediaType, repositories: repositories.slice(-MOST_REPOSITORIES) };
    const forms = [form, ...known.filter((each) => each.digest !== digest)].slice(0, MOST_FORMS);
    this.#forms.set(layer, forms);
    await this.documents.put(digestHex(layer), forms);
  }

  /** Forgets that a repository has a blob: it was asked, and has not. */
  async drop(layer: DiffId, digest: Digest, repository: Pick<Reference, 'domain' | 'path'>): Promise<void> {
    const name = repositoryName(repository);
    const forms = this.of(layer).map((form) =>
      form.digest === digest ? { ...form, repositories: form.repositories.filter((each) => each !== name) } : form,
    );
    this.#forms.set(layer, forms);
    await this.documents.put(digestHex(layer), forms);
  }
}
