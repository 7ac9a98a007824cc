import { readFile } from 'node:fs/promises';
import { command, type RealDaemon } from '../engine/real-daemon.ts';

/** Images as `docker images` lists them: those with a name by reference, and the IDs of all. */
export interface Listing {
  readonly named: ReadonlyMap<string, string>;
  readonly ids: readonly string[];
}

/** Lists the images. Throws where the daemon does not answer. */
export async function listImages(daemon: RealDaemon): Promise<Listing> {
  const format = '{{.Repository}}:{{.Tag}} {{.ID}}';
  const { code, stdout, stderr } = await daemon.docker('images', '-a', '--no-trunc', '--format', format);
  if (code !== 0) throw new Error(`docker images failed: ${stderr}`);
  const rows = stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ')]));
  const named = rows.filter(([reference = '']) => !reference.includes('<none>'));
  return {
    named: new Map(named.map(([reference = '', id = '']) => [reference, id])),
    ids: [...new Set(rows.map(([, id = '']) => id))],
  };
}

/** Mounts below the data root in the daemon's mount namespace, and processes that it has started. */
export async function leftByDead(daemon: RealDaemon): Promise<string[]> {
  const mounts = await readFile(`/proc/${daemon.pid}/mountinfo`, 'utf8');
  const { stdout } = await command('ps', ['-eo', 'pid,ppid,args']);
  const processes = stdout.split('\n').filter((line) => line.includes(daemon.root) && !line.includes('lapstraked.js'));
  return [...mounts.split('\n').filter((line) => line.includes(daemon.root)), ...processes];
}
