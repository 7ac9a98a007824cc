import { join } from 'node:path';
import { formatPlatform, type Platform } from '../../core/image/platform.ts';
import type { Image } from '../images/image-store.ts';
import type { BuildProgress, BuildRequest, NamedContext } from './builder.ts';
import type { BuildFloor } from './floor.ts';
import { imageOfLayout } from './layout-context.ts';
import { imageOfFolder } from './named-contexts.ts';
import { fetchContext } from './remote-context.ts';
import { gitAccess } from './remote-sources.ts';

interface BaseOptions {
  readonly platform: Platform;
  readonly progress: BuildProgress;
  readonly signal: AbortSignal;
}

/**
 * The image that FROM, `--from` or a mount names, for a platform: what `--build-context` says, what is here, or what a
 * registry has. Errors: EngineError `not-found` and what registries, folders and repositories fail with.
 */
export async function baseImage(
  floor: BuildFloor,
  request: BuildRequest,
  reference: string,
  options: BaseOptions,
): Promise<Image> {
  const named = request.namedContexts?.get(reference);
  return named === undefined
    ? storedImage(floor, request, reference, options)
    : namedImage(floor, request, named, options);
}

async function storedImage(
  floor: BuildFloor,
  request: BuildRequest,
  reference: string,
  options: BaseOptions,
): Promise<Image> {
  const { platform } = options;
  const obtain = (): Promise<Image> => floor.obtain(reference, { ...options, accounts: request.accounts });
  const known = floor.images.find(reference, platform);
  if (known !== undefined && request.pull !== true) return known;
  const other = floor.images.find(reference);
  if (other === undefined || request.pull === true) return obtain();
  // What is here serves where nobody asks for anything else: it may be the only one that there is.
  const isAsked = !!request.platform || formatPlatform(platform) !== formatPlatform(floor.platform);
  return isAsked ? obtain() : other;
}

async function namedImage(
  floor: BuildFloor,
  request: BuildRequest,
  named: NamedContext,
  options: BaseOptions,
): Promise<Image> {
  const { signal, platform } = options;
  if ('image' in named) return storedImage(floor, request, named.image, options);
  if ('folder' in named) return imageOfFolder(named.folder, { floor, platform, signal });
  if ('layout' in named) return imageOfLayout(named.layout, { floor, platform, signal });
  const parent = join(floor.folder, 'temporary');
  const access = gitAccess(floor, request);
  await using fetched = await fetchContext(named.remote, { floor, parent, access, keepGitDir: false, signal });
  return await imageOfFolder(fetched.path, { floor, platform, signal });
}
