import { mkdir, rm } from 'node:fs/promises';
import { normalize } from 'node:path/posix';
import { configDigest } from '../../core/image/digest.ts';
import { type ContainerCreate, PLAIN_ENDPOINT } from '../../protocol/engine/container-create.ts';
import type { HostConfig } from '../../protocol/engine/host-config.ts';
import { invalid } from '../errors.ts';
import type { Image } from '../images/image-store.ts';
import { blockIoWeights } from './block-io.ts';
import { capabilitySet } from './capability-set.ts';
import { type ContainerId, shortContainerId } from './container-id.ts';
import type { Floor } from './floor.ts';
import { checkHealthcheck } from './healthcheck.ts';
import { checkedHostConfig } from './host-config.ts';
import { prepareImageMounts, removeImageMounts, withImages } from './image-mounts.ts';
import { isUserDefined } from './inspect.ts';
import { checkLimits } from './limits.ts';
import { parseLink } from './links.ts';
import { mergeConfig } from './merge-config.ts';
import { refuseModeConflicts } from './mode-conflicts.ts';
import { type BindRules, wantedMounts } from './mounts.ts';
import { portRequests } from './ports.ts';
import type { ContainerRecord, MountPoint } from './record.ts';
import { nameWarnings } from './sandbox-warnings.ts';
import { parseSecurityOptions } from './security-options.ts';
import { signalNumber } from './signals.ts';
import { checkSysctls } from './sysctls.ts';
import { NEVER, timestamp } from './timestamp.ts';
import { checkEndpoint } from './wanted-networks.ts';
import { makeWorkingFolder } from './working-folder.ts';

/** What is asked for. */
export interface Wanted {
  readonly id: ContainerId;
  readonly name: string;
  readonly image: Image;
  readonly body: ContainerCreate;
  readonly readOnlyBinds: BindRules['readOnly'];
}

/** A container's record, and Docker's warnings about what is not honoured. */
export interface Planned {
  readonly record: ContainerRecord;
  readonly warnings: readonly string[];
}

/** Checks what a user asks for and makes a record of it; nothing is made yet. Errors: EngineError `invalid`. */
export async function planContainer(
  floor: Floor,
  { id, name, image, body, readOnlyBinds }: Wanted,
  recordOf: (container: string) => ContainerRecord,
): Promise<Planned> {
  const { HostConfig: host, NetworkingConfig: networking, ...wanted } = body;
  const warnings: string[] = [];
  refuseModeConflicts(body);
  refuseUnknownNeighbours(host, recordOf);
  const merged = mergeConfig(wanted, image.config.config);
  const checkedHost = checkedHostConfig(host, floor.features, warnings);
  const hostConfig = wanted.NetworkDisabled ? { ...checkedHost, NetworkMode: 'none' } : checkedHost;
  const hostname = hostConfig.NetworkMode === 'host' ? floor.hostname : shortContainerId(id);
  const config = { ...merged, Hostname: merged.Hostname || hostname };
  warnings.push(...nameWarnings(wanted, floor.features));
  const checked = checkLimits(hostConfig, floor.features, floor);
  warnings.push(...checked.warnings);
  if (checked.deviceWeights) {
    const { discarded } = await blockIoWeights(hostConfig);
    warnings.push(...discarded.map((path) => `${path} has no scheduler BFQ. Weight-device discarded.`));
  }
  if (!floor.features.isolation) {
    warnings.push(
      'This machine allows no isolation: the container can reach its processes and devices, and has no /proc, /sys and /dev but what its image brings (chroot sandbox).',
    );
  }
  if (!floor.features.networkNamespace && hostConfig.NetworkMode !== 'host') {
    warnings.push('This machine allows no network namespaces: the container shares the host’s network.');
  }
  capabilitySet(hostConfig.CapAdd, hostConfig.CapDrop, hostConfig.Privileged);
  const { seccomp } = parseSecurityOptions(hostConfig.SecurityOpt);
  if (typeof seccomp === 'object' && !floor.features.seccomp) {
    throw unsupportedProfile(floor.sandbox.name);
  }
  checkSysctls(hostConfig);
  portRequests(hostConfig, config);
  if (config.StopSignal) signalNumber(config.StopSignal);
  checkHealthcheck(config.Healthcheck);
  const networks = Object.entries(networking.EndpointsConfig).flatMap(([network, endpoint]) =>
    endpoint === null ? [] : [[network, endpoint] as const],
  );
  for (const [, endpoint] of networks) checkEndpoint(endpoint);
  if (wanted.NetworkDisabled) networks.length = 0;
  if (hostConfig.NetworkMode === 'none') networks.push(['none', PLAIN_ENDPOINT]);
  const binds = { readOnly: readOnlyBinds, canRecurse: floor.features.recursiveReadonly };
  return {
    warnings,
    record: {
      version: 1,
      id,
      name,
      created: timestamp(),
      imageId: configDigest(image.id),
      image: body.Image,
      config,
      hostConfig,
      networks: Object.fromEntries(networks),
      mounts: withImages(floor, await wantedMounts(config, hostConfig, (other) => recordOf(other).mounts, binds)),
      state: {
        status: 'created',
        exitCode: 0,
        error: '',
        oomKilled: false,
        startedAt: NEVER,
        finishedAt: NEVER,
        stopped: false,
      },
      restartCount: 0,
    },
  };
}

function unsupportedProfile(sandbox: string) {
  return invalid({
    code: 'seccomp-unsupported',
    message: `the sandbox ${sandbox} filters no system calls here, and cannot run a custom seccomp profile`,
  });
}

/** Looks for the containers whose namespaces are to be shared, and for those that are linked. */
function refuseUnknownNeighbours(host: HostConfig, recordOf: (container: string) => ContainerRecord): void {
  for (const mode of [host.IpcMode, host.PidMode]) {
    if (/^container:./.test(mode)) recordOf(mode.slice('container:'.length));
  }
  const links = host.Links.map(parseLink);
  // On other networks a name is looked up when it is asked for.
  if (host.NetworkMode !== '' && host.NetworkMode !== 'default' && isUserDefined(host.NetworkMode)) return;
  for (const { name } of links) recordOf(name);
}

/** Makes what a container needs before it starts: volumes, a writable layer, a folder. Undone where one of them fails. */
export async function makeContainer(
  floor: Floor,
  image: Image,
  record: ContainerRecord,
  folder: string,
): Promise<ContainerRecord> {
  // Until the writable layer stands on them.
  using _held = floor.images.hold(image.layers.map(({ diffId }) => diffId));
  const mounts: MountPoint[] = [];
  try {
    const made = await Promise.allSettled([
      makeVolumes(floor, record, mounts),
      floor.images.unpack(image).then((top) => floor.snapshots.prepare(record.id, top)),
      mkdir(folder, { recursive: true, mode: 0o700 }),
      prepareImageMounts(floor, record),
    ]);
    for (const each of made) if (each.status === 'rejected') throw each.reason;
    const { WorkingDir } = record.config;
    // What the image names is there, or the runtime makes it.
    if (WorkingDir !== (image.config.config.WorkingDir ?? '')) {
      await makeWorkingFolder(floor.snapshots, record.id, WorkingDir);
    }
    return { ...record, mounts };
  } catch (error) {
    await floor.snapshots.remove(record.id);
    await removeImageMounts(floor, record);
    await removeVolumes(floor, record.id, mounts);
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Gives up a container's volumes, and removes those that were made for it alone. */
export async function removeVolumes(floor: Floor, id: string, anonymous: readonly MountPoint[]): Promise<void> {
  const used = floor.volumes.release(id);
  for (const { name, anonymous: own } of anonymous) {
    if (own && name !== '' && used.includes(name) && floor.volumes.users(name).length === 0) {
      await floor.volumes.remove(name);
    }
  }
}

/** Adds a container's mounts to `made` as they are made. */
async function makeVolumes(floor: Floor, record: ContainerRecord, made: MountPoint[]): Promise<void> {
  for (const mount of record.mounts) {
    if (mount.type !== 'volume') {
      made.push(mount);
      continue;
    }
    const asked = record.hostConfig.Mounts.find(({ Target }) => normalize(Target) === mount.destination)?.VolumeOptions;
    const { Name: name } = await floor.volumes.create({
      name: mount.name || undefined,
      driver: record.hostConfig.VolumeDriver || undefined,
      labels: asked?.Labels,
      driverOptions: asked?.DriverConfig?.Options,
    });
    const volume = await floor.volumes.acquire(name, record.id);
    made.push({ ...mount, name: volume.Name, source: volume.Mountpoint });
  }
}
