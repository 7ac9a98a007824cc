import { randomBytes } from 'node:crypto';
import type { Image } from '../images/image-store.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import { readInRoot } from './rootfs-path.ts';
import { userNames } from './user.ts';

/**
 * Names of the users in an image's /etc/passwd, in its order; of an image without that file there are none. Undefined where
 * its layers are not unpacked: nothing is unpacked to find out.
 */
export async function imageUsers(
  snapshots: Pick<Snapshotter, 'has' | 'view' | 'unmount'>,
  { chain }: Pick<Image, 'chain'>,
): Promise<readonly string[] | undefined> {
  const top = chain.at(-1);
  if (top === undefined) return [];
  if (!(await snapshots.has(top))) return undefined;
  const key = `users-${randomBytes(8).toString('hex')}`;
  const root = await snapshots.view(key, top);
  try {
    return userNames((await readInRoot(root, '/etc/passwd')) ?? '');
  } finally {
    await snapshots.unmount(key);
  }
}
