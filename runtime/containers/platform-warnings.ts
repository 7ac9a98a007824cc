import { formatPlatform, type Platform, platformDistance } from '../../core/image/platform.ts';
import type { Image } from '../images/image-store.ts';
import { hostPlatform } from '../os/host-platform.ts';

/** Says, in dockerd's words, that an image is for another platform than this machine's where nobody asked for that. */
export function platformWarnings({ config }: Pick<Image, 'config'>, own: Platform = hostPlatform()): string[] {
  if (platformDistance(own, config) !== undefined) return [];
  return [
    `The requested image's platform (${formatPlatform(config)}) does not match the detected host platform (${formatPlatform(own)}) and no specific platform was requested`,
  ];
}
