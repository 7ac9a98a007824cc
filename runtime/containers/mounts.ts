import { stat } from 'node:fs/promises';
import { normalize } from 'node:path/posix';
import type { ContainerConfig } from '../../protocol/engine/container-config.ts';
import type { HostConfig } from '../../protocol/engine/host-config.ts';
import { invalid, unsupported } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { parseBind, parseVolumesFrom } from './bind-text.ts';
import type { MountPoint } from './record.ts';

const TMPFS_OPTIONS = ['nosuid', 'nodev', 'noexec'];

/**
 * All mount points that a container asks for: `-v`, `--mount`, `--tmpfs`, `--volumes-from`, and volumes of the image and
 * of `--volume /path` that none of those covers. Volumes are not made yet. Errors: EngineError `invalid`.
 */
export async function wantedMounts(
  config: Pick<ContainerConfig, 'Volumes'>,
  hostConfig: Pick<HostConfig, 'Binds' | 'Mounts' | 'Tmpfs' | 'VolumesFrom'>,
  mountsOf: (container: string) => readonly MountPoint[],
): Promise<MountPoint[]> {
  const explicit = [
    ...hostConfig.Binds.map(parseBind),
    ...(await Promise.all(hostConfig.Mounts.map(parseMount))),
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
      if (mount.type !== 'tmpfs') add({ ...mount, anonymous: false, readOnly: access === 'ro' || mount.readOnly });
    }
  }
  for (const path of Object.keys(config.Volumes)) add(parseBind(path));
  return out.sort((a, b) => depth(a.destination) - depth(b.destination));
}

async function parseMount(mount: HostConfig['Mounts'][number]): Promise<MountPoint> {
  const destination = normalize(mount.Target);
  if (!mount.Target.startsWith('/') || destination === '/') {
    throw bad(mount.Type, `invalid mount path: '${mount.Target}' mount path must be absolute`);
  }
  switch (mount.Type) {
    case 'bind': {
      if (!mount.Source.startsWith('/'))
        throw bad(mount.Type, `invalid mount path: '${mount.Source}' mount path must be absolute`);
      if (!mount.BindOptions?.CreateMountpoint && !(await exists(mount.Source))) {
        throw bad(mount.Type, `bind source path does not exist: ${mount.Source}`);
      }
      const propagation = mount.BindOptions?.Propagation || 'rprivate';
      return { ...parseBind(`${mount.Source}:${destination}`), readOnly: mount.ReadOnly, propagation };
    }
    case 'volume': {
      refuseVolumeOptions(mount);
      const plain = parseBind(mount.Source === '' ? destination : `${mount.Source}:${destination}`);
      if (plain.type !== 'volume') throw bad(mount.Type, `invalid volume name: ${mount.Source}`);
      return { ...plain, readOnly: mount.ReadOnly, copyUp: !mount.VolumeOptions?.NoCopy };
    }
    case 'tmpfs': {
      const { SizeBytes = 0, Mode = 0 } = mount.TmpfsOptions ?? {};
      return tmpfs(destination, [
        ...(SizeBytes > 0 ? [`size=${SizeBytes}`] : []),
        ...(Mode > 0 ? [`mode=${Mode.toString(8)}`] : []),
        ...(mount.ReadOnly ? ['ro'] : []),
      ]);
    }
    default:
      throw unsupported({
        code: 'mount-type',
        message: `mount type ${mount.Type} is not supported: use bind, volume or tmpfs`,
      });
  }
}

/** What no volume here can have. Errors: EngineError `invalid`. */
function refuseVolumeOptions({ Type, VolumeOptions: options }: HostConfig['Mounts'][number]): void {
  const driver = options?.DriverConfig?.Name ?? '';
  if (driver !== '' && driver !== 'local')
    throw bad(Type, `plugin "${driver}" not found: this engine has the driver local`);
  const given = Object.keys(options?.DriverConfig?.Options ?? {});
  if (given.length > 0) throw bad(Type, `the driver local takes no options here: ${given.join(', ')}`);
  if (options?.Subpath) throw bad(Type, 'a path within the volume (Subpath) cannot be mounted here');
}

function tmpfs(path: string, options: readonly string[]): MountPoint {
  const wanted = options.filter((option) => option !== '');
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
