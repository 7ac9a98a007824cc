import { stat } from 'node:fs/promises';
import { normalize } from 'node:path/posix';
import type { ContainerConfig } from '../../protocol/engine/container-config.ts';
import type { HostConfig } from '../../protocol/engine/host-config.ts';
import { invalid, unsupported } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { PROPAGATION, parseBind, parseVolumesFrom } from './bind-text.ts';
import type { MountPoint } from './record.ts';
import { checkTmpfsOptions } from './tmpfs-options.ts';

const TMPFS_OPTIONS = ['nosuid', 'nodev', 'noexec'];

type MountRequest = HostConfig['Mounts'][number];

/** What read-only binds are where nothing is said, and whether what is mounted below them can be read-only here. */
export interface BindRules {
  readonly readOnly: 'recursive' | 'top';
  readonly canRecurse: boolean;
}

/**
 * All mount points that a container asks for: `-v`, `--mount`, `--tmpfs`, `--volumes-from`, and volumes of the image and
 * of `--volume /path` that none of those covers. Volumes are not made yet. Errors: EngineError `invalid`.
 */
export async function wantedMounts(
  config: Pick<ContainerConfig, 'Volumes'>,
  hostConfig: Pick<HostConfig, 'Binds' | 'Mounts' | 'Tmpfs' | 'VolumesFrom'>,
  mountsOf: (container: string) => readonly MountPoint[],
  binds: BindRules,
): Promise<MountPoint[]> {
  const explicit = [
    ...hostConfig.Binds.map(parseBind).map((mount) => withReach(shared(mount), undefined, binds)),
    ...(await Promise.all(hostConfig.Mounts.map((mount) => parseMount(mount, binds)))),
    ...Object.entries(hostConfig.Tmpfs).map(([path, options]) => tmpfs(path, options.split(','))),
  ];
  const seen = new Set<string>();
  for (const { destination } of explicit) {
    if (seen.has(destination)) {
      throw invalid({
        code: 'mount-duplicate',
        message: `Duplicate mount point: ${destination}`,
        subject: destination,
      });
    }
    seen.add(destination);
  }
  const out = [...explicit];
  const add = (mount: MountPoint): void => {
    if (seen.has(mount.destination)) return;
    seen.add(mount.destination);
    out.push(mount);
  };
  for (const text of hostConfig.VolumesFrom) {
    const { container, access } = parseVolumesFrom(text);
    for (const mount of mountsOf(container)) {
      if (mount.type !== 'tmpfs') add({ ...mount, readOnly: access === 'ro' || mount.readOnly });
    }
  }
  for (const path of Object.keys(config.Volumes)) add(parseBind(path));
  return out.sort((a, b) => depth(a.destination) - depth(b.destination));
}

/** Docker's mode of a volume for which none is asked. */
function shared(mount: MountPoint): MountPoint {
  return mount.type === 'volume' && mount.mode === '' ? { ...mount, mode: 'z' } : mount;
}

async function parseMount(mount: MountRequest, binds: BindRules): Promise<MountPoint> {
  const destination = normalize(mount.Target);
  if (!mount.Target.startsWith('/')) {
    throw bad(mount.Type, `invalid mount path: '${mount.Target}' mount path must be absolute`);
  }
  if (destination === '/') throw bad(mount.Type, "invalid specification: destination can't be '/'");
  switch (mount.Type) {
    case 'bind': {
      const propagation = mount.BindOptions?.Propagation || 'rprivate';
      if (!PROPAGATION.test(propagation)) throw bad(mount.Type, `invalid propagation mode: ${propagation}`);
      if (mount.Source === '') throw bad(mount.Type, 'field Source must not be empty');
      if (!mount.Source.startsWith('/'))
        throw bad(mount.Type, `invalid mount path: '${mount.Source}' mount path must be absolute`);
      if (!mount.BindOptions?.CreateMountpoint && !(await exists(mount.Source))) {
        throw bad(mount.Type, `bind source path does not exist: ${mount.Source}`);
      }
      const plain = { ...parseBind(`${mount.Source}:${destination}`), readOnly: mount.ReadOnly, propagation };
      return withReach(plain, mount.BindOptions, binds);
    }
    case 'volume': {
      refuseOtherDrivers(mount);
      const plain = parseBind(mount.Source === '' ? destination : `${mount.Source}:${destination}`);
      if (plain.type !== 'volume') throw bad(mount.Type, `invalid volume name: ${mount.Source}`);
      const subpath = checkedSubpath(mount, mount.VolumeOptions?.Subpath);
      if (subpath !== undefined && plain.anonymous) {
        throw bad(mount.Type, 'must not set Subpath when using anonymous volumes');
      }
      if (mount.ReadOnly && plain.anonymous) {
        throw bad(mount.Type, 'must not set ReadOnly mode when using anonymous volumes');
      }
      const copyUp = !mount.VolumeOptions?.NoCopy && subpath === undefined;
      return { ...shared(plain), readOnly: mount.ReadOnly, copyUp, ...(subpath !== undefined && { subpath }) };
    }
    case 'tmpfs': {
      if (mount.Source !== '') throw bad(mount.Type, 'field Source must not be specified');
      const { SizeBytes = 0, Mode = 0, Options = [] } = mount.TmpfsOptions ?? {};
      return tmpfs(destination, [
        ...(SizeBytes > 0 ? [`size=${SizeBytes}`] : []),
        ...(Mode > 0 ? [`mode=${Mode.toString(8)}`] : []),
        ...(mount.ReadOnly ? ['ro'] : []),
        ...Options.map((option) => tmpfsOption(option)),
      ]);
    }
    case 'image':
      return imageMount(mount, destination);
    default:
      throw unsupported({
        code: 'mount-type',
        message: `mount type ${mount.Type} is not supported: use bind, volume, tmpfs or image`,
      });
  }
}

/** Drivers that are not here. Errors: EngineError `invalid`. */
function refuseOtherDrivers({ Type, VolumeOptions: options }: MountRequest): void {
  const driver = options?.DriverConfig?.Name ?? '';
  if (driver !== '' && driver !== 'local')
    throw bad(Type, `plugin "${driver}" not found: this engine has the driver local`);
}

/** How far a bind, and its being read-only, reaches. Errors: EngineError `invalid`. */
function withReach(mount: MountPoint, options: MountRequest['BindOptions'], rules: BindRules): MountPoint {
  if (mount.type !== 'bind') return mount;
  const { ReadOnlyNonRecursive: top, ReadOnlyForceRecursive: force, NonRecursive: alone } = options ?? {};
  for (const [name, value] of Object.entries({ ReadOnlyNonRecursive: top, ReadOnlyForceRecursive: force })) {
    if (value && !mount.readOnly) throw bad('bind', `mount options conflict: !ReadOnly && BindOptions.${name}`);
  }
  if (top && force) {
    throw bad('bind', 'mount options conflict: ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive');
  }
  if (force && !rules.canRecurse)
    throw bad('bind', 'rro is not supported: it needs Linux 5.12 and runc 1.1 or crun 1.4');
  const recursive = rules.canRecurse && (force || (!top && rules.readOnly === 'recursive'));
  return {
    ...mount,
    ...(mount.readOnly && { readOnlyReach: recursive ? ('recursive' as const) : ('top' as const) }),
    ...(alone && { reach: 'top' as const }),
  };
}

function imageMount(mount: MountRequest, destination: string): MountPoint {
  if (mount.Source === '') throw bad(mount.Type, 'field Source must not be empty');
  const subpath = checkedSubpath(mount, mount.ImageOptions?.Subpath);
  return {
    ...{ type: 'image', name: mount.Source, source: '', destination, readOnly: true, mode: '', propagation: '' },
    ...{ copyUp: false, anonymous: false, options: [] },
    ...(subpath !== undefined && { subpath }),
  };
}

/** Error: EngineError `invalid` for a path that leads out by what it says; links are looked at when it is mounted. */
function checkedSubpath({ Type }: MountRequest, path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined;
  const plain = normalize(path);
  if (!plain.startsWith('/') && plain !== '..' && !plain.startsWith('../')) return plain;
  throw bad(Type, 'subpath must be a relative path within the volume');
}

function tmpfsOption([name = '', ...values]: readonly string[]): string {
  if (values.length > 0 || !/^(no)?exec$/.test(name)) {
    throw bad('tmpfs', `invalid option: ${[name, ...values].join('=')}`);
  }
  return name;
}

function tmpfs(path: string, options: readonly string[]): MountPoint {
  if (!path.startsWith('/')) throw bad('tmpfs', `invalid mount path: '${path}' mount path must be absolute`);
  if (normalize(path) === '/') throw bad('tmpfs', "invalid specification: destination can't be '/'");
  const wanted = options.filter((option) => option !== '');
  checkTmpfsOptions(wanted);
  const opposites = new Set(wanted.flatMap((option) => (/^(suid|dev|exec)$/.test(option) ? [`no${option}`] : [])));
  return {
    type: 'tmpfs',
    name: '',
    source: '',
    destination: normalize(path),
    readOnly: wanted.includes('ro'),
    mode: '',
    propagation: '',
    copyUp: false,
    anonymous: false,
    options: [...TMPFS_OPTIONS.filter((option) => !opposites.has(option)), ...wanted],
  };
}

function depth(path: string): number {
  return path.split('/').length;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

function bad(type: string, why: string) {
  return invalid({ code: 'mount-invalid', message: `invalid mount config for type "${type}": ${why}` });
}
