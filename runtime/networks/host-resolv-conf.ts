import { readFile } from 'node:fs/promises';
import { hasErrno } from '../os/errno.ts';

/** The host's /etc/resolv.conf; empty where it has none. */
export async function hostResolvConf(): Promise<string> {
  try {
    return await readFile('/etc/resolv.conf', 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return '';
    throw error;
  }
}
