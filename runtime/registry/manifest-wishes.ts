/** What the manifest of a pushed image is to have, beside what it is made of. */
export interface ManifestWishes {
  /** By key; they need the OCI's media types. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly oci: boolean;
}

/** Nothing beside. */
export const PLAIN_MANIFEST: ManifestWishes = { annotations: {}, oci: false };
