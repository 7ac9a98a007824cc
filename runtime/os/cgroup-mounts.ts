import { access, readFile } from 'node:fs/promises';
import { hasErrno } from './errno.ts';

/** The controllers that this engine uses, by their v1 names. */
export type Controller = 'memory' | 'cpu' | 'cpuacct' | 'cpuset' | 'pids' | 'freezer' | 'blkio' | 'devices';

/** Where this machine's control groups are. */
export type CgroupMounts =
  | {
      readonly version: 1;
      readonly paths: ReadonlyMap<Controller, string>;
      readonly named: readonly string[];
      /** What the kernel can do about block I/O. */
      readonly blockIo: { readonly weight: boolean; readonly throttle: boolean };
    }
  | {
      readonly version: 2;
      readonly path: string;
      readonly controllers: ReadonlySet<string>;
      /** The group, below `path`, that was delegated to the engine; it may make groups anywhere where undefined. */
      readonly below?: string;
    }
  | { readonly version: 0 };

const CONTROLLERS: readonly string[] = [
  'memory',
  'cpu',
  'cpuacct',
  'cpuset',
  'pids',
  'freezer',
  'blkio',
  'devices',
] satisfies readonly Controller[];

/** Reads /proc/self/mountinfo. On a hybrid machine the v1 hierarchies have the controllers, so that is what counts. */
export async function findCgroupMounts(): Promise<CgroupMounts> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  const found = parseCgroupMounts(text);
  if (found.version === 1) {
    const has = (file: string): Promise<boolean> => isThere(`${found.paths.get('blkio')}/${file}`);
    // The weights of BFQ have their files in the groups below only.
    const [weight, bfq, throttle] = await Promise.all(
      ['blkio.weight', 'blkio.bfq.io_service_bytes', 'blkio.throttle.read_bps_device'].map(has),
    );
    return { ...found, blockIo: { weight: Boolean(weight || bfq), throttle: Boolean(throttle) } };
  }
  if (found.version === 0) return found;
  const controllers = await readFile(`${found.path}/cgroup.controllers`, 'utf8');
  return { ...found, controllers: new Set(controllers.trim().split(/\s+/).filter(Boolean)) };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

/** The part of `findCgroupMounts` that needs no files; controllers of v2 and block I/O of v1 are left empty. */
export function parseCgroupMounts(mountinfo: string): CgroupMounts {
  const paths = new Map<Controller, string>();
  const named: string[] = [];
  let unified: string | undefined;
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const mountPoint = before?.split(' ')[4];
    const [type, , options] = after?.split(' ') ?? [];
    if (mountPoint === undefined || type === undefined) continue;
    if (type === 'cgroup2') unified ??= mountPoint;
    if (type !== 'cgroup') continue;
    const names = (options ?? '').split(',');
    for (const name of names) {
      if (isController(name) && !paths.has(name)) paths.set(name, mountPoint);
      if (name.startsWith('name=')) named.push(mountPoint);
    }
  }
  // On a hybrid machine a runtime makes its groups in the empty v2 hierarchy as well.
  if (paths.size > 0) {
    const blockIo = { weight: false, throttle: false };
    return { version: 1, paths, named: unified === undefined ? named : [...named, unified], blockIo };
  }
  return unified === undefined ? { version: 0 } : { version: 2, path: unified, controllers: new Set() };
}

function isController(name: string): name is Controller {
  return CONTROLLERS.includes(name);
}
