import { stat } from 'node:fs/promises';
import { internal } from '../errors.ts';
import type { Attachment } from '../networks/networks.ts';
import { errorText, hasErrno } from '../os/errno.ts';
import { makeFolder } from '../os/make-folder.ts';
import type { HeldProcess } from '../sandbox/holder.ts';
import type { SandboxProcess } from '../sandbox/sandbox.ts';
import type { MountedVolume } from '../volumes/volumes.ts';
import { blockIoLimits, blockIoWeights } from './block-io.ts';
import type { Container } from './container.ts';
import { copyInto, copyUp } from './copy-up.ts';
import { wantedDevices } from './devices.ts';
import { upstreamServers, writeEtcFiles } from './etc-folder.ts';
import type { Floor } from './floor.ts';
import { makeEtcFiles, makeInitFiles } from './init-files.ts';
import { checkLimits } from './limits.ts';
import { linkEnv, linkHosts, linksOf } from './links.ts';
import { mountSources } from './mount-sources.ts';
import { mountVolumes } from './mount-volumes.ts';
import { portRequests } from './ports.ts';
import { containerProcess } from './process-spec.ts';
import type { ContainerRecord } from './record.ts';
import { isRestarting } from './refusals.ts';
import { sandboxSpec } from './sandbox-spec.ts';
import { releaseSharedMemory, sharedMemory } from './shared-memory.ts';
import { primaryNetwork, wantedNetworks } from './wanted-networks.ts';

/** What a launch made. */
export interface Launched {
  readonly process: SandboxProcess;
  readonly rootfs: string;
  readonly attachment: Attachment;
  /** Whether the process's output comes already. */
  readonly listened: 'on' | 'off';
}

/** Finds the IDs and processes of other containers, whose namespaces one may share. */
export interface Neighbours {
  get(container: string): Container;
  /** Full ID. */
  idOf(container: string): string;
  /** First process of a running one. */
  pidOf(container: string): number;
}

/** Gives a container its root, network and files, and starts its process. Undoes everything where one of them fails. */
export async function launch(
  floor: Floor,
  container: Container,
  neighbours: Neighbours,
  onStart: () => void,
): Promise<Launched> {
  const { id } = container;
  const owner = await nameOwner(container, neighbours);
  const outcomes = await Promise.allSettled([
    floor.snapshots.mount(id),
    attachNetwork(floor, container, neighbours),
    mountVolumes(floor, container.record, id),
  ]);
  try {
    const [mounted, attached, volumes] = outcomes;
    if (volumes.status === 'rejected') throw volumes.reason;
    if (mounted.status === 'rejected') throw mounted.reason;
    if (attached.status === 'rejected') throw attached.reason;
    const [rootfs, attachment] = [mounted.value, attached.value];
    const isOnBridge = primaryNetwork(container.record) === 'bridge';
    const links = isOnBridge ? linksOf(container.record, (name) => neighbours.get(name)) : [];
    const linked = links.flatMap((link) => linkEnv(container.name, link));
    const [process] = await Promise.all([
      containerProcess(rootfs, container.record.config, container.record.hostConfig, linked),
      owner === container
        ? writeEtcFiles(container.folder, container.record, attachment, links.flatMap(linkHosts), floor.features)
        : undefined,
      makeInitFiles(rootfs).then(() => prepareMounts(floor, container, rootfs, volumes.value)),
    ]);
    // Without namespaces, all share the host's.
    const shm =
      floor.sandbox.name === 'chroot' ? undefined : await sharedMemory(container, (name) => neighbours.get(name));
    const { hostConfig } = container.record;
    const { limits, throttles, deviceWeights } = checkLimits(hostConfig, floor.features, floor);
    const blockIo = throttles ? await blockIoLimits(hostConfig) : [];
    const weights = deviceWeights ? (await blockIoWeights(hostConfig)).weights : [];
    const listened = container.output.listens;
    const keeping = floor.keepers.container(container.record, container.log.path, listened);
    await using sources = await mountSources(floor, container.record, container.folder);
    const spec = sandboxSpec(container.record, {
      rootfs,
      process,
      limits: { ...limits, blockIo, blockIoWeights: weights },
      network: attachment,
      etcFolder: owner.folder,
      sources: sources.paths,
      devices: await wantedDevices(hostConfig.Devices),
      initProgram: floor.keepers.program,
      sharedMemory: shm,
      pidOf: (other) => neighbours.pidOf(other),
    });
    onStart();
    return { process: await floor.sandbox.run({ ...spec, keeping }), rootfs, attachment, listened };
  } catch (error) {
    const [mounted, attached] = outcomes;
    releaseSharedMemory(container);
    await Promise.all([
      attached.status === 'fulfilled' ? floor.networks.release(id) : undefined,
      mounted.status === 'fulfilled' ? floor.snapshots.unmount(id) : undefined,
      floor.volumes.unmount(id),
    ]);
    throw error;
  }
}

/** What an earlier daemon's launch has made, of a container that outlived it. */
export async function adoptLaunched(floor: Floor, record: ContainerRecord, held: HeldProcess): Promise<Launched> {
  const { id } = record;
  await mountVolumes(floor, record, id);
  const rootfs = await floor.snapshots.adopt(id);
  const attachment = floor.networks.attachment(id) ?? {
    ...{ containerId: id, sandboxId: '', namespace: 'private', netnsPath: undefined },
    ...{ endpoints: [], networkIds: {}, ports: [], nameServer: undefined, warnings: [] },
  };
  const process = await floor.sandbox.adopt(id, held, rootfs);
  return { process, rootfs, attachment, listened: 'off' };
}

/** Whose names a container goes by, and whose files in /etc it has: those of the one whose network it joins, as in Docker. */
async function nameOwner(container: Container, neighbours: Neighbours): Promise<Container> {
  let owner = container;
  for (const seen = new Set<Container>(); !seen.has(owner); ) {
    seen.add(owner);
    const mode = owner.record.hostConfig.NetworkMode;
    if (!mode.startsWith('container:')) break;
    owner = neighbours.get(mode.slice('container:'.length));
  }
  const { config } = container.record;
  const { Hostname, Domainname } = owner.record.config;
  if (config.Hostname !== Hostname || config.Domainname !== Domainname) {
    await container.update({ config: { ...config, Hostname, Domainname } });
  }
  return owner;
}

async function attachNetwork(floor: Floor, container: Container, neighbours: Neighbours): Promise<Attachment> {
  const { config, hostConfig, name } = container.record;
  const mode = hostConfig.NetworkMode;
  const wanted = await wantedNetworks(floor.networks, container.record);
  const joined = mode.startsWith('container:') ? neighbours.get(mode.slice('container:'.length)) : undefined;
  if (joined?.state.status === 'restarting') throw isRestarting(joined);
  const attachment = await floor.networks.attach(container.id, {
    containerName: name,
    mode: joined === undefined ? mode : `container:${joined.id}`,
    ports: portRequests(hostConfig, config),
    nameServers: await upstreamServers(container.record),
    ...wanted,
  });
  for (const warning of attachment.warnings) floor.log.warn(`${name}: ${warning}`);
  return attachment;
}

async function prepareMounts(
  floor: Floor,
  container: Container,
  rootfs: string,
  volumes: ReadonlyMap<string, MountedVolume>,
): Promise<void> {
  for (const mount of container.record.mounts) {
    const volume = mount.copyUp ? volumes.get(mount.name) : undefined;
    // What would not last dockerd copies and loses again.
    if (volume?.content === 'kept' && (await floor.volumes.isEmpty(mount.name))) {
      if (mount.destination === '/etc') await makeEtcFiles(rootfs);
      if (volume.folder === 'own') await copyUp(rootfs, mount.destination, mount.source);
      else await copyInto(floor.files, rootfs, mount.destination, mount.source);
    }
    if (mount.type === 'bind') await makeSource(mount.source);
  }
}

/** `-v /new/folder:/x` makes the folder, as Docker does. */
async function makeSource(path: string): Promise<void> {
  try {
    await makeFolder(path, 0o755);
    await stat(path);
  } catch (cause) {
    if (hasErrno(cause, 'ENOTDIR')) return;
    // A link to nothing.
    const text = hasErrno(cause, 'ENOENT') ? 'file exists' : errorText(cause);
    throw internal({
      code: 'bind-source',
      message: `error while creating mount source path '${path}': mkdir ${path}: ${text}`,
      subject: path,
      cause,
    });
  }
}
