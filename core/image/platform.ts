/** What an image runs on (OCI image-spec, image-index.md, platform). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** `v7`, `v8`; absent where the architecture has one only. */
  readonly variant?: string | undefined;
}

/** Go's names for what uname and Node call otherwise. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  x86_64: 'amd64',
  'x86-64': 'amd64',
  ia32: '386',
  i386: '386',
  aarch64: 'arm64',
  armhf: 'arm',
  armel: 'arm',
  ppc64: 'ppc64le',
};

/** Normalises names, and drops the variant that every machine of the architecture has. */
export function normalisePlatform({ os, architecture, variant }: Platform): Platform {
  const arch = ARCHITECTURES[architecture.toLowerCase()] ?? architecture.toLowerCase();
  const name = { os: os.toLowerCase(), architecture: arch };
  const version = variant || (arch === 'arm' ? 'v7' : '');
  const isDefault = (arch === 'arm64' && version === 'v8') || (arch === 'amd64' && version === 'v1');
  return version === '' || isDefault ? name : { ...name, variant: version };
}

/** Reads `linux/arm64/v8`, `linux/amd64` or `arm64` (for Linux); undefined for anything else. */
export function parsePlatform(text: string): Platform | undefined {
  const parts = text.split('/');
  if (parts.length > 3 || parts.some((part) => !/^[A-Za-z0-9_.-]+$/.test(part))) return undefined;
  const [os = '', architecture, variant] = parts.length === 1 ? ['linux', parts[0]!] : parts;
  if (architecture === undefined) return undefined;
  return normalisePlatform({ os, architecture, variant });
}

/** `linux/arm/v7`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return `${os}/${architecture}${variant ? `/${variant}` : ''}`;
}

/** How well an image for `offered` runs on `wanted`: 0 is exactly, more is worse, undefined not at all. */
export function platformDistance(wanted: Platform, offered: Platform): number | undefined {
  const want = normalisePlatform(wanted);
  const offer = normalisePlatform(offered);
  if (want.os !== offer.os || want.architecture !== offer.architecture) return undefined;
  const distance = variantNumber(want) - variantNumber(offer);
  return distance >= 0 ? distance : undefined;
}

/** The entry that runs best on `wanted`; the first of equals. An entry without a platform is not chosen. */
export function pickPlatform<T extends { readonly platform?: Platform | undefined }>(
  entries: readonly T[],
  wanted: Platform,
): T | undefined {
  let best: T | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const distance = entry.platform === undefined ? undefined : platformDistance(wanted, entry.platform);
    if (distance === undefined || distance >= least) continue;
    best = entry;
    least = distance;
  }
  return best;
}

function variantNumber({ architecture, variant }: Platform): number {
  const number = Number(/^v(\d+)$/.exec(variant ?? '')?.[1]);
  if (!Number.isNaN(number)) return number;
  return architecture === 'arm64' ? 8 : 1;
}
