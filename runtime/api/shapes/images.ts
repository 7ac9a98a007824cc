import type { ImageInspect, ImageSummary } from '../../images/records.ts';
import type { ApiVersion } from '../version.ts';

/** What Go shows as the time that nobody set. */
const NEVER = '0001-01-01T00:00:00Z';
/** Of a container's config, in no image's (marked deprecated in 1.46). */
const NOT_OF_IMAGES = new Set([
  'Hostname',
  'Domainname',
  'AttachStdin',
  'AttachStdout',
  'AttachStderr',
  'Tty',
  'OpenStdin',
  'StdinOnce',
  'Image',
  'StopTimeout',
]);

/** One image of `GET /images/json` and of `Images` in `GET /system/df`. */
export function shapeImageSummary(summary: ImageSummary, version: ApiVersion): object {
  const { RepoTags: tags, RepoDigests: digests, Descriptor, ...rest } = summary;
  return {
    ...rest,
    ...(version.atLeast('1.43') ? { RepoTags: tags, RepoDigests: digests } : legacyNames(tags, digests)),
    ...(!version.atLeast('1.44') && { VirtualSize: summary.Size }),
    ...(version.atLeast('1.48') && { Descriptor }),
  };
}

/** `GET /images/{name}/json`. */
export function shapeImageInspect(inspect: ImageInspect, version: ApiVersion, manifests: 'listed' | 'none'): object {
  const { Created: created, Container, ContainerConfig, Config, Descriptor, Manifests, ...rest } = inspect;
  return {
    ...rest,
    ...(created !== undefined && { Created: created }),
    ...(!version.atLeast('1.44') && { Created: created ?? NEVER, VirtualSize: inspect.Size }),
    ...(!version.atLeast('1.45') && { Container, ContainerConfig }),
    ...(version.atLeast('1.48') && { Descriptor }),
    ...(manifests === 'listed' && { Manifests }),
    Config: version.atLeast('1.50')
      ? Object.fromEntries(Object.entries(Config).filter(([name]) => !NOT_OF_IMAGES.has(name)))
      : Config,
  };
}

function legacyNames(tags: readonly string[], digests: readonly string[]) {
  if (tags.length + digests.length === 0) return { RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] };
  return { RepoTags: tags.length > 0 ? tags : null, RepoDigests: digests.length > 0 ? digests : null };
}
