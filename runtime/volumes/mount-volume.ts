import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { getSystemErrorMap } from 'node:util';
import { type EngineError, internal } from '../errors.ts';
import { SystemCallError } from '../os/libc.ts';
import { flagsOfMount, parseMountOptions } from '../os/mount-options.ts';
import { ProgramError, run } from '../os/spawn.ts';
import { MountFlag, mount } from '../os/syscalls.ts';
import type { VolumeMount } from './local-options.ts';

/** Made at once by the kernel, whoever else is busy or gone. */
const AT_ONCE = new Set(['tmpfs', 'ramfs', 'none', '']);

/**
 * Mounts what a volume's options say on its folder. Error: EngineError `internal`, in dockerd's words, with the kernel's
 * reason; an ordinary user's engine may mount a tmpfs, and folders (`o=bind`), and is refused others.
 */
export async function mountVolume(folder: string, wanted: VolumeMount): Promise<void> {
  if (wanted.device === '') throw failed(folder, 'missing device in volume options');
  if (AT_ONCE.has(wanted.type)) return mountHere(folder, wanted);
  const options = await withAddress(folder, wanted);
  const said = `mount ${wanted.device}:${folder}${options === '' ? '' : `, data: ${options}`}`;
  try {
    // A server that does not answer would hold up all of the daemon. No helpers of mount(8), as with dockerd.
    const given = options === '' ? [] : ['-o', options];
    await run('mount', ['-i', '-n', '-t', wanted.type, ...given, '--', wanted.device, folder]);
  } catch (error) {
    const why = error instanceof ProgramError && error.stderr !== '' ? reason(error.stderr) : String(error);
    throw failed(folder, `failed to mount local volume: ${said}: ${why}`, error);
  }
}

async function mountHere(folder: string, { type, device, options }: VolumeMount): Promise<void> {
  const { flags, propagation, data } = parseMountOptions(options.split(',').filter((each) => each !== ''));
  try {
    mount(device, folder, type, flags, data);
    if (propagation !== 0) mount('', folder, '', propagation);
    // A bind is as writable as its source until it is mounted once more.
    if (flags & MountFlag.bind && flags !== (flags & (MountFlag.bind | MountFlag.recursive))) {
      const kept = flagsOfMount(await readFile('/proc/self/mountinfo', 'utf8'), folder);
      mount('', folder, '', flags | kept | MountFlag.remount);
    }
  } catch (error) {
    const shown = [...(flags ? [`flags: 0x${flags.toString(16)}`] : []), ...(data ? [`data: ${data}`] : [])];
    const said = [`mount ${device}:${folder}`, ...shown].join(', ');
    throw failed(folder, `failed to mount local volume: ${said}: ${kernelReason(error)}`, error);
  }
}

/** The kernel takes addresses only, and no names, for network file systems. */
async function withAddress(folder: string, { type, options }: VolumeMount): Promise<string> {
  const name = /(?:^|,)addr=([^,]*)/.exec(options)?.[1] ?? '';
  if ((type !== 'nfs' && type !== 'cifs') || name === '' || isIP(name) === 4) return options;
  try {
    const { address } = await lookup(name);
    return options.replace(`addr=${name}`, `addr=${address}`);
  } catch (error) {
    throw failed(folder, `error resolving passed in network volume address: lookup ${name}: no such host`, error);
  }
}

function kernelReason(error: unknown): string {
  if (!(error instanceof SystemCallError)) return String(error);
  const [, text = error.errnoName] = getSystemErrorMap().get(-error.errno) ?? [];
  return text;
}

/** Of mount(8)'s `mount: FOLDER: unknown filesystem type 'x'.` and its hints, what went wrong. */
function reason(stderr: string): string {
  const [first = ''] = stderr.trim().split('\n');
  return first.replace(/^mount: (\/[^:]*: )?/, '').replace(/\.$/, '');
}

function failed(folder: string, why: string, cause?: unknown): EngineError {
  const refused = /permission denied|not permitted|superuser/.test(why);
  const hint = refused ? ' (an engine of an ordinary user can mount tmpfs, and folders by o=bind)' : '';
  return internal({
    code: 'volume-mount',
    message: `error while mounting volume '${folder}': ${why}${hint}`,
    subject: folder,
    cause,
  });
}
