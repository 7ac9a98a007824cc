import { emptyConfig } from '../core/image/config.ts';
import { parsePlatform } from '../core/image/platform.ts';
import { familiarReference, parseReference, withDefaultTag } from '../core/image/reference.ts';
import { applyChanges } from '../core/plan/apply-changes.ts';
import type { ImportSource } from './api/images.ts';
import { invalid } from './errors.ts';
import type { PublishImageEvent } from './images/image-store.ts';
import { type ImportOptions, importArchive } from './images/import-archive.ts';
import { openImportSource } from './images/import-source.ts';
import { hostPlatform } from './os/host-platform.ts';
import type { HttpClient } from './registry/http-client.ts';

export type ImportGround = Pick<ImportOptions, 'images' | 'blobs'> & {
  readonly publish: PublishImageEvent;
  /** Connections for one download, to be disposed of at its end. */
  readonly openHttp: () => HttpClient;
};

/** Makes an image of a tar; gives its ID. Errors: EngineError `invalid` for a request that makes no sense, before anything is read. */
export async function importImage(ground: ImportGround, request: ImportSource): Promise<string> {
  const { source, signal, changes, message = `Imported from ${source}` } = request;
  const name = request.name === undefined ? undefined : readName(request.name);
  const platform = request.platform === undefined ? hostPlatform() : parsePlatform(request.platform);
  if (platform === undefined) {
    throw invalid({ code: 'platform-invalid', message: `"${request.platform}" is no platform`, subject: source });
  }
  const { value: config, problems } = applyChanges(emptyConfig(), changes);
  if (problems.length > 0) throw invalid({ code: 'change-invalid', message: problems.join('; ') });
  const archive = source === '-' ? request.body : await openImportSource(source, ground.openHttp, signal);
  const created = new Date().toISOString();
  const { images, blobs, publish } = ground;
  const image = await importArchive(archive, { images, blobs, config, created, message, platform, signal });
  if (name !== undefined) await images.tag(image.id, name);
  publish('import', image.id, { ...config.Labels, name: image.id });
  return image.id;
}

function readName(text: string): string {
  const parsed = parseReference(text);
  if (parsed.ok && parsed.reference.digest === undefined) return familiarReference(withDefaultTag(parsed.reference));
  const message = parsed.ok ? 'cannot import digest reference' : parsed.problem;
  throw invalid({ code: 'reference-invalid', message, subject: text });
}
