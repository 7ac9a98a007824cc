import { randomBytes } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';

/**
 * Writes a file that is there as a whole or not at all, whenever this process dies. Not for what must outlive the machine's
 * power: it costs no wait for the disk.
 */
export async function writeFileAtOnce(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.new`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, path);
}
