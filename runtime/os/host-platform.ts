import { normalisePlatform, type Platform } from '../../core/image/platform.ts';

/** The platform that this process runs on. */
export function hostPlatform(): Platform {
  return normalisePlatform({ os: 'linux', architecture: process.arch });
}
