import { sha256 } from '../../core/disk/sha256.ts';
import { type Digest, parseDigest } from '../../core/image/digest.ts';
import { type Index, type Manifest, parseManifest } from '../../core/image/manifest.ts';
import { MANIFEST_TYPES } from '../../core/image/media-types.ts';
import { formatPlatform, type Platform, pickPlatform } from '../../core/image/platform.ts';
import { familiarName, familiarReference, type Reference } from '../../core/image/reference.ts';
import { invalid, notFound } from '../errors.ts';
import { readAtMost, readJson } from './answer-body.ts';
import type { RegistryConnection } from './connection.ts';
import { manifestRefused } from './registry-error.ts';

const MOST_BYTES = 4 << 20;

/** A manifest for one platform, and what the reference itself names. */
export interface FetchedManifest {
  readonly manifest: Manifest;
  /** Its bytes, as the registry has them. */
  readonly bytes: Buffer;
  readonly digest: Digest;
  /** Of what the reference names: the index where there is one. */
  readonly topDigest: Digest;
}

/**
 * Fetches the manifest of a reference for a platform (OCI distribution-spec, Pulling manifests).
 * Errors: EngineError `not-found` where there is none, also for that platform; `invalid` for damaged ones.
 */
export async function fetchManifest(
  connection: RegistryConnection,
  reference: Reference,
  platform: Platform,
  signal: AbortSignal,
): Promise<FetchedManifest> {
  const top = await fetchTop(connection, reference, signal);
  if (top.value.kind === 'manifest') {
    return { manifest: top.value, bytes: top.bytes, digest: top.digest, topDigest: top.digest };
  }
  const chosen = pickPlatform(top.value.manifests, platform);
  if (chosen === undefined) {
    throw notFound({
      code: 'platform-missing',
      message: `no matching manifest for ${formatPlatform(platform)} in the manifest list entries of ${familiarReference(reference)}`,
      subject: familiarReference(reference),
    });
  }
  const inner = await fetchOne(connection, reference, chosen.digest, signal);
  if (inner.value.kind === 'manifest') {
    return { manifest: inner.value, bytes: inner.bytes, digest: inner.digest, topDigest: top.digest };
  }
  throw damaged(reference, 'an index in an index');
}

/** What a registry has under a name. */
export interface FetchedRecord {
  readonly value: Manifest | Index;
  readonly bytes: Buffer;
  readonly digest: Digest;
}

/** Fetches what a reference itself names: a manifest, or an index of them. Errors: as `fetchManifest`. */
export function fetchTop(
  connection: RegistryConnection,
  reference: Reference,
  signal: AbortSignal,
): Promise<FetchedRecord> {
  return fetchOne(connection, reference, reference.digest ?? reference.tag ?? 'latest', signal);
}

async function fetchOne(
  connection: RegistryConnection,
  reference: Reference,
  wanted: string,
  signal: AbortSignal,
): Promise<FetchedRecord> {
  const url = connection.url(`manifests/${wanted}`);
  const response = await connection.send(url, { headers: { Accept: MANIFEST_TYPES.join(', ') } }, signal);
  if (response.status !== 200) {
    const refusal = await connection.refusal(response);
    throw manifestRefused(refusal, url, familiarReference(reference), familiarName(reference));
  }
  const bytes = await readAtMost(response, MOST_BYTES, url);
  const digest = sha256(bytes);
  const expected = parseDigest(wanted);
  if (expected !== undefined && digest !== expected) {
    throw damaged(reference, `its manifest has the digest ${digest}, expected ${expected}`);
  }
  const mediaType = response.headers['content-type']?.split(';')[0]?.trim();
  const parsed = parseManifest(readJson(bytes.toString()), mediaType);
  if (!parsed.ok) throw damaged(reference, parsed.problems.join('; '));
  return { value: parsed.value, bytes, digest };
}

function damaged(reference: Reference, what: string): Error {
  const subject = familiarReference(reference);
  return invalid({
    code: 'manifest-invalid',
    message: `the registry's manifest of ${subject} cannot be used: ${what}`,
    subject,
  });
}
