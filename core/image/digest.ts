declare const brand: unique symbol;
type Branded<B extends string> = string & { readonly [brand]: B };

/** `sha256:` and 64 lower-case hex digits: the name of a blob by its bytes (OCI image-spec, descriptor.md, Digests). */
export type Digest = Branded<'Digest'>;
/** Digest of a layer's uncompressed tar (OCI image-spec, config.md, Layer DiffID). */
export type DiffId = Branded<'DiffId'>;
/** Name of a stack of layers: `sha256(parentChainId + " " + diffId)`, the diff ID itself for the lowest (OCI image-spec, config.md, Layer ChainID). */
export type ChainId = Branded<'ChainId'>;
/** Digest of an image's config: what Docker calls the image ID. */
export type ImageId = Branded<'ImageId'>;

const PATTERN = /^sha256:[0-9a-f]{64}$/;

/** Gives the digest that `text` spells, or undefined where it spells none. */
export function parseDigest(text: string): Digest | undefined {
  return PATTERN.test(text) ? (text as Digest) : undefined;
}

export function asDiffId(digest: Digest): DiffId {
  return digest as string as DiffId;
}

export function asImageId(digest: Digest): ImageId {
  return digest as string as ImageId;
}

/** The blob whose digest is this image ID: its config. */
export function configDigest(id: ImageId): Digest {
  return id as string as Digest;
}

/** Gives the 64 hex digits of any digest-shaped name. */
export function digestHex(digest: Digest | DiffId | ChainId | ImageId): string {
  return digest.slice('sha256:'.length);
}

/** The 12 hex digits that Docker prints. */
export function shortId(id: Digest | DiffId | ChainId | ImageId): string {
  return digestHex(id).slice(0, 12);
}

/** Hashes text or bytes and gives `sha256:…`. Pure code is handed one by its owner. */
export type Sha256 = (data: string | Uint8Array) => Digest;

/** Gives the chain ID of each layer, lowest first (OCI image-spec, config.md, Layer ChainID). */
export function chainIds(diffIds: readonly DiffId[], sha256: Sha256): ChainId[] {
  const chain: ChainId[] = [];
  for (const diffId of diffIds) chain.push(chainOver(chain.at(-1), diffId, sha256));
  return chain;
}

/** Gives the chain ID of a layer over the stack `parent`; undefined for the lowest. */
export function chainOver(parent: ChainId | undefined, diffId: DiffId, sha256: Sha256): ChainId {
  return (parent === undefined ? diffId : sha256(`${parent} ${diffId}`)) as string as ChainId;
}
