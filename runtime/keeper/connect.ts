import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { hasErrno } from '../os/errno.ts';
import { type Hello, KeeperGone, KeeperLink } from './link.ts';

/** A keeper that lives, and what it said. */
export interface FoundKeeper {
  readonly link: KeeperLink;
  readonly hello: Hello;
}

/** Connects to the keeper of a folder; undefined where none lives any more. The path may be longer than an address. */
export async function connectKeeper(folder: string): Promise<FoundKeeper | undefined> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(folder, 'r');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
  try {
    const socket = connect(`/proc/self/fd/${handle.fd}/keeper.sock`);
    await once(socket, 'connect');
    const link = new KeeperLink(socket);
    return { link, hello: await link.hello };
  } catch (error) {
    // Nobody listens, or one that was just about to end.
    if (hasErrno(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE') || error instanceof KeeperGone)
      return undefined;
    throw error;
  } finally {
    await handle.close();
  }
}
