/** What a base image and its binaries are for (OCI image-spec, image-index.md, `platform`). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** `linux/arm/v7`, as `--platform` and TARGETPLATFORM spell it. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined || variant === '' ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}
