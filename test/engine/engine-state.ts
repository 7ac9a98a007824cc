import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { TarReader } from '../../runtime/archive/tar-reader.ts';
import { type CommandResult, command, type RealDaemon } from './real-daemon.ts';

/** The answer to a request to the engine's API. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Sends a request to the engine's API as a client that is neither docker nor ours. */
export function ask(
  daemon: RealDaemon,
  method: string,
  path: string,
  body?: { readonly json: unknown } | { readonly tar: Readable },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const type = body !== undefined && 'tar' in body ? 'application/x-tar' : 'application/json';
    const sent = request({ socketPath: daemon.socket, method, path, headers: { 'Content-Type': type } }, (response) => {
      text(response).then((all) => resolve({ status: response.statusCode ?? 0, text: all }), reject);
    });
    sent.on('error', reject);
    if (body === undefined) sent.end();
    else if ('json' in body) sent.end(JSON.stringify(body.json));
    else body.tar.pipe(sent);
  });
}

/** What a failure must not change: images with their layers, containers, mounts, processes, what a build puts on the disk. */
export async function engineState(daemon: RealDaemon): Promise<Record<string, readonly string[]>> {
  const [images, containers] = await Promise.all([
    daemon.docker('images', '-aq', '--no-trunc'),
    daemon.docker('ps', '-aq', '--no-trunc'),
  ]);
  const folder = (name: string) => names(join(daemon.root, name));
  return {
    images: lines(images),
    containers: lines(containers),
    mounts: await mounts(daemon),
    processes: await processes(daemon),
    snapshots: [...(await folder('snapshots/overlay/active')), ...(await folder('snapshots/overlay/temporary'))],
    // Of containers and of builds, both named by an ID, wherever the driver keeps them.
    sandboxes: (await entries(join(daemon.root, 'sandboxes'))).filter((path) => /(^|\/)[0-9a-f]{64}$/.test(path)),
    contexts: await folder('build/contexts'),
    temporary: await folder('build/temporary'),
    unfinishedBlobs: (await folder('images/blobs/sha256')).filter((name) => !/^[0-9a-f]{64}$/.test(name)),
  };
}

/** The mounts that the daemon has in a mount namespace of its own. */
async function mounts({ pid, root }: RealDaemon): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/mountinfo`, 'utf8');
  return text.split('\n').filter((line) => line.includes(root));
}

/** Processes that the daemon has started. */
async function processes({ pid }: RealDaemon): Promise<string[]> {
  const { stdout } = await command('ps', ['-eo', 'ppid,args']);
  const rows = stdout.split('\n').map((line) => /^\s*(\d+)\s+(.*)$/.exec(line) ?? []);
  return rows.flatMap(([, parent, args]) => (Number(parent) === pid && args !== undefined ? [args] : []));
}

async function names(folder: string): Promise<string[]> {
  return (await entries(folder)).filter((path) => !path.includes('/'));
}

/** Everything below a folder that may not be there. */
async function entries(folder: string): Promise<string[]> {
  return readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

function lines({ stdout }: CommandResult): string[] {
  return stdout.split('\n').filter((line) => line !== '');
}

/** What a layer of an image holds: `path mode uid:gid size`, as its tar in the store has them; the layer counts from 0. */
export async function layerEntries(daemon: RealDaemon, image: string, layer: number): Promise<string[]> {
  const { stdout } = await daemon.docker('image', 'inspect', '-f', '{{json .RootFS.Layers}}', image);
  const diffIds: unknown = JSON.parse(stdout);
  const diffId: unknown = Array.isArray(diffIds) ? diffIds.at(layer) : undefined;
  if (typeof diffId !== 'string') throw new Error(`${image} has no layer ${layer}: ${stdout}`);
  const reader = new TarReader(
    createReadStream(join(daemon.root, 'images/blobs/sha256', diffId.slice('sha256:'.length))),
  );
  const found: string[] = [];
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    const mode = entry.mode.toString(8).padStart(4, '0');
    found.push(`${entry.name}${entry.type === 'directory' ? '/' : ''} ${mode} ${entry.uid}:${entry.gid} ${entry.size}`);
  }
  return found;
}
