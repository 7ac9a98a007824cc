import { parseImageConfig } from '../../core/image/config.ts';
import type { Digest } from '../../core/image/digest.ts';
import type { Manifest } from '../../core/image/manifest.ts';
import type { Platform } from '../../core/image/platform.ts';
import { type Reference, withDefaultTag } from '../../core/image/reference.ts';
import { readJson } from './answer-body.ts';
import { askEndpoints } from './ask-endpoints.ts';
import type { RegistryConnection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { fetchBlob } from './fetch-blob.ts';
import { fetchTop } from './fetch-manifest.ts';
import type { RegistryHosts } from './hosts.ts';

/** What a registry has under a reference. */
export interface RemoteImage {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes of the manifest or index. */
  readonly size: number;
  readonly platforms: readonly Platform[];
}

/** Bytes of a config that are read. */
const MOST_CONFIG = 4 << 20;

/**
 * Looks an image up in its registry, or a mirror of that, without pulling it (`GET /distribution/{name}/json`). Errors:
 * as those of a pull.
 */
export async function inspectRemote(
  hosts: RegistryHosts,
  text: Reference,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<RemoteImage> {
  const reference = withDefaultTag(text);
  const look = async (connection: RegistryConnection): Promise<RemoteImage> => {
    const { value, bytes, digest } = await fetchTop(connection, reference, signal);
    const platforms =
      value.kind === 'index'
        ? value.manifests.flatMap(({ platform }) => platform ?? [])
        : await platformOf(connection, value, signal);
    return { mediaType: value.mediaType, digest, size: bytes.length, platforms };
  };
  return askEndpoints(hosts, reference, { credentials }, look, signal);
}

async function platformOf(
  connection: RegistryConnection,
  { config }: Manifest,
  signal: AbortSignal,
): Promise<readonly Platform[]> {
  if (config.size > MOST_CONFIG) return [];
  const parts: Buffer[] = [];
  for await (const chunk of fetchBlob(connection, config, signal) as AsyncIterable<Buffer>) parts.push(chunk);
  const parsed = parseImageConfig(readJson(Buffer.concat(parts).toString()));
  if (!parsed.ok) return [];
  const { os, architecture, variant } = parsed.value;
  return [{ os, architecture, ...(variant === undefined ? {} : { variant }) }];
}
