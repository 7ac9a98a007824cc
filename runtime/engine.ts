import { createHash } from 'node:crypto';
import { cpus, homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { parse } from 'zod/mini';
import { certificateFolders } from '../core/disk/registry-certificates.ts';
import type { DiffId, ImageId } from '../core/image/digest.ts';
import type { BuildBackend } from './api/build.ts';
import type { ImageTransfer } from './api/images.ts';
import type { RegistryBackend } from './api/registries.ts';
import type { ArchiveLimits } from './archive/limits.ts';
import { createReadAndPlan } from './build/read-and-plan.ts';
import { Containers } from './containers/containers.ts';
import { Keepers } from './containers/keepers.ts';
import { ContainerRecord } from './containers/record.ts';
import { openBuilds } from './engine-build.ts';
import { openRegistries } from './engine-registries.ts';
import { EventBus } from './events/event-bus.ts';
import { imageTransfer } from './image-transfer.ts';
import type { ImageStore, PublishImageEvent } from './images/image-store.ts';
import { openImageStore } from './images/local-images.ts';
import { keeperProgram } from './keeper/program.ts';
import type { Log } from './log.ts';
import type { DefaultBridge } from './networks/default-bridge.ts';
import { openNetworks } from './networks/local-networks.ts';
import type { Networks } from './networks/networks.ts';
import { ChildReaper } from './os/child-reaper.ts';
import { memoryNodes } from './os/number-list.ts';
import type { Standing } from './os/reexec.ts';
import type { CgroupManager } from './sandbox/cgroup-name.ts';
import { type ChosenSandbox, chooseSandbox, type SandboxChoice } from './sandbox/choose.ts';
import { type ChosenSnapshotter, chooseSnapshotter, type StoragePreference } from './snapshots/choose.ts';
import { settleNowAndThen } from './snapshots/settling.ts';
import type { BlobStore } from './store/blob-store.ts';
import { openBlobStore } from './store/blobs.ts';
import { openDocuments } from './store/documents.ts';
import { openVolumes } from './volumes/local-volumes.ts';
import type { Volumes } from './volumes/volumes.ts';

export interface EngineOptions {
  /** Data root, absolute, locked by this process. */
  readonly root: string;
  /** Folder of the bundled programs that the engine starts: `dist`. */
  readonly programs: string;
  readonly standing: Standing;
  readonly sandbox: SandboxChoice;
  readonly cgroupManager: CgroupManager | undefined;
  readonly storage: StoragePreference;
  /** Base URLs asked before Docker Hub. */
  readonly registryMirrors: readonly string[];
  /** Hosts that are spoken to without TLS, or without checking its certificate. */
  readonly insecureRegistries: readonly string[];
  /** Milliseconds for which a pull that did not come to its end keeps what it brought. */
  readonly keepUnfinishedPulls: number;
  /** Disposing of the engine leaves its containers running. */
  readonly liveRestore: boolean;
  readonly defaultBridge: DefaultBridge;
  /** How much images and archives from outside may take. */
  readonly limits: ArchiveLimits;
  readonly log: Log;
}

/** Where an engine's keepers have their folders. */
export const keepersFolder = (root: string): string => join(root, 'keepers');

/** All floors of an engine, opened and recovered. */
export interface Engine extends AsyncDisposable {
  readonly options: EngineOptions;
  readonly blobs: BlobStore;
  readonly images: ImageStore;
  readonly transfer: ImageTransfer;
  readonly registries: RegistryBackend;
  readonly builds: BuildBackend;
  readonly containers: Containers;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly events: EventBus;
  readonly sandbox: ChosenSandbox;
  readonly snapshots: ChosenSnapshotter;
}

/** Opens an engine: the one place that knows every floor. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { root, log, standing } = options;
  const events = new EventBus();
  const reaper = new ChildReaper();
  const folder = keepersFolder(root);
  const keepers = new Keepers(await keeperProgram(options.programs, join(folder, 'program')), folder);
  const survivors = await keepers.containers();
  const running = new Set([...survivors].flatMap(([id, { kind }]) => (kind === 'running' ? [id] : [])));
  const [sandbox, snapshots, blobs] = await Promise.all([
    chooseSandbox(options.sandbox, {
      stateRoot: join(root, 'sandboxes'),
      cgroupManager: options.cgroupManager,
      reaper,
      initPath: join(options.programs, 'sandbox-init.js'),
      keeper: keepers.program,
    }),
    chooseSnapshotter(join(root, 'snapshots'), options.storage),
    openBlobStore(join(root, 'images')),
  ]);
  for (const warning of snapshots.warnings) log.warn(warning);
  const networks = await openNetworks({
    folder: join(root, 'networks'),
    runtimeFolder: join(root, 'run'),
    threadPath: join(options.programs, 'network-thread.js'),
    bridgeName: bridgeName(root),
    defaultBridge: options.defaultBridge,
    access:
      !sandbox.probe.features.networkNamespace || standing === 'bare'
        ? 'none'
        : standing === 'root'
          ? 'root'
          : 'rootless',
  });
  const volumes = openVolumes(join(root, 'volumes'));
  for (const line of [
    ...(await blobs.recover()),
    ...(await snapshots.snapshotter.recover(running)),
    ...(await networks.recover(running)),
    ...(await volumes.recover()),
  ]) {
    log.info(line);
  }
  const users = { of: (): ReturnType<Containers['usersOf']> => [] } as { of: Containers['usersOf'] };
  const cache = { layers: async (): Promise<readonly DiffId[]> => [], forget: (_image: string): void => undefined };
  const publish: PublishImageEvent = (action, id, attributes) => {
    events.publish('image', action, id, attributes);
    if (action === 'delete') cache.forget(id);
  };
  const images = await openImageStore({
    root: join(root, 'images'),
    blobs,
    snapshotter: snapshots.snapshotter,
    publish,
    users: (id) => users.of(id),
    kept: () => cache.layers(),
    limits: options.limits,
  });
  const containers = new Containers(
    {
      folder: join(root, 'containers'),
      images,
      snapshots: snapshots.snapshotter,
      sandbox: sandbox.driver,
      features: sandbox.probe.features,
      networks,
      volumes,
      keepers,
      files: {
        path: join(options.programs, 'container-files.js'),
        enter: standing === 'bare' ? 'chroot' : 'mounts',
      },
      events,
      log,
      cpus: cpus().length,
      memoryNodes: await memoryNodes(),
      hostname: hostname(),
    },
    openDocuments(join(root, 'records'), (value) => parse(ContainerRecord, value)),
  );
  const registries = await openRegistries({
    folder: join(root, 'registries'),
    images,
    blobs,
    hosts: {
      mirrors: options.registryMirrors,
      insecureRegistries: options.insecureRegistries,
      certificates: certificateFolders(process.env, homedir()),
      env: process.env,
    },
    keepFor: options.keepUnfinishedPulls,
    publish,
    log,
  });
  const builds = await openBuilds(
    {
      folder: join(root, 'build'),
      blobs,
      images,
      snapshots: snapshots.snapshotter,
      sandbox: sandbox.driver,
      features: sandbox.probe.features,
      networks,
      puller: registries.puller,
      caches: registries.caches,
      openHttp: registries.openHttp,
    },
    createReadAndPlan(),
    (line) => log.info(line),
  );
  users.of = (id) => containers.usersOf(id);
  cache.layers = () => builds.builder.keptLayers();
  cache.forget = (image) => {
    builds.builder.forget(image as ImageId).catch((error) => log.error(`cannot forget how ${image} was built`, error));
  };
  for (const line of await images.recover()) log.info(line);
  await containers.recover(survivors);
  const settling = settleNowAndThen(snapshots.snapshotter, (error) => log.error('cannot sync unpacked layers', error));
  return {
    options,
    blobs,
    images,
    transfer: imageTransfer({ images, blobs, publish, ...registries, limits: options.limits }),
    registries: registries.backend,
    builds,
    containers,
    networks,
    volumes,
    events,
    sandbox,
    snapshots,
    async [Symbol.asyncDispose]() {
      await settling[Symbol.asyncDispose]();
      await builds.builder.close();
      await builds.contexts[Symbol.asyncDispose]();
      if (options.liveRestore) await containers.leave();
      else {
        await containers.close();
        await networks.dispose();
      }
      registries[Symbol.dispose]();
      reaper[Symbol.dispose]();
    },
  };
}

/** Engines of different roots need different bridges; a link's name has at most 15 characters. */
function bridgeName(root: string): string {
  return `lap-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`;
}
