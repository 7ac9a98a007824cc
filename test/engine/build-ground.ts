import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ContentDigests } from '../../core/disk/content-digests.ts';
import { emptyConfig } from '../../core/image/config.ts';
import type { ImageId } from '../../core/image/digest.ts';
import { normalisePlatform } from '../../core/image/platform.ts';
import { pack } from '../../runtime/archive/pack.ts';
import { tarEntry } from '../../runtime/archive/tar-entry.ts';
import type { Builder } from '../../runtime/build/builder.ts';
import { createBuilder } from '../../runtime/build/local-builder.ts';
import { createReadAndPlan } from '../../runtime/build/read-and-plan.ts';
import { notFound } from '../../runtime/errors.ts';
import type { ImageStore } from '../../runtime/images/image-store.ts';
import { openImageStore } from '../../runtime/images/local-images.ts';
import { openNetworks } from '../../runtime/networks/local-networks.ts';
import { ChildReaper } from '../../runtime/os/child-reaper.ts';
import { CacheTransfer } from '../../runtime/registry/cache-transfer.ts';
import { ANONYMOUS } from '../../runtime/registry/credentials.ts';
import { RegistryHosts } from '../../runtime/registry/hosts.ts';
import type { HttpClient } from '../../runtime/registry/http-client.ts';
import { LayerSources } from '../../runtime/registry/layer-sources.ts';
import { chooseSandbox } from '../../runtime/sandbox/choose.ts';
import type { SandboxDriver } from '../../runtime/sandbox/sandbox.ts';
import { chooseSnapshotter } from '../../runtime/snapshots/choose.ts';
import { mountsBelow } from '../../runtime/snapshots/mounts.ts';
import type { Snapshotter } from '../../runtime/snapshots/snapshotter.ts';
import type { BlobStore } from '../../runtime/store/blob-store.ts';
import { openBlobStore } from '../../runtime/store/blobs.ts';

const OPEN = { mirrors: [], insecureRegistries: [], certificates: [], env: process.env };

const usualHttp = (): HttpClient => new RegistryHosts(OPEN).openForFiles();

/** A builder on the real floors of this machine, in a root of its own, with the image `box` (busybox). */
export interface BuildGround extends AsyncDisposable {
  readonly root: string;
  readonly builder: Builder;
  readonly blobs: BlobStore;
  readonly images: ImageStore;
  readonly snapshots: Snapshotter;
  readonly sandbox: SandboxDriver;
  /** How builds reach whoever offers files; the usual way where undefined. */
  readonly http: { open: (() => HttpClient) | undefined };
  /** Environment and folders of certificates of the engine, which git gets its proxies and authorities from. */
  readonly reach: { env: NodeJS.ProcessEnv; certificates: readonly string[] };
  /** Writes files and gives the folder. */
  context(files: Readonly<Record<string, string | Buffer>>): Promise<string>;
}

/** Opens everything; the disposal fails where a mount is left. */
export async function openBuildGround(): Promise<BuildGround> {
  const root = await mkdtemp(join(tmpdir(), 'lapstrake-build-'));
  const { snapshotter: snapshots } = await chooseSnapshotter(join(root, 'snapshots'));
  const blobs = await openBlobStore(join(root, 'images'));
  const kept: { builder: Builder | undefined } = { builder: undefined };
  const images = await openImageStore({
    root: join(root, 'images'),
    blobs,
    snapshotter: snapshots,
    publish: (action, id) => {
      if (action === 'delete') void kept.builder?.forget(id as ImageId);
    },
    users: () => [],
    kept: async () => (await kept.builder?.keptLayers()) ?? [],
  });
  const reaper = new ChildReaper();
  const { driver: sandbox, probe } = await chooseSandbox('auto', {
    stateRoot: join(root, 'sandboxes'),
    reaper,
    cgroupManager: 'cgroupfs',
    initPath: join(import.meta.dirname, '../../dist/sandbox-init.js'),
  });
  const networks = await openNetworks({
    folder: join(root, 'networks'),
    runtimeFolder: join(root, 'run'),
    threadPath: join(import.meta.dirname, '../../dist/network-thread.js'),
    bridgeName: 'lap-unused',
    defaultBridge: { ipv6: undefined },
    access: 'none',
  });
  const http: BuildGround['http'] = { open: undefined };
  const reach: BuildGround['reach'] = { env: process.env, certificates: [] };
  const builder = createBuilder(
    {
      folder: join(root, 'build'),
      blobs,
      images,
      snapshots,
      sandbox,
      features: probe.features,
      networks,
      obtain: (reference) => {
        throw notFound({ code: 'image-missing', message: `No such image: ${reference}`, subject: reference });
      },
      caches: new CacheTransfer({
        images,
        blobs,
        hosts: new RegistryHosts(OPEN),
        sources: await LayerSources.open(join(root, 'layers'), () => false),
        account: async () => ANONYMOUS,
      }),
      digests: new ContentDigests(),
      platform: normalisePlatform({ os: 'linux', architecture: process.arch }),
      now: () => new Date(),
      openHttp: () => (http.open ?? usualHttp)(),
      get env() {
        return reach.env;
      },
      get certificates() {
        return reach.certificates;
      },
    },
    createReadAndPlan(),
  );
  kept.builder = builder;
  await makeBox(blobs, images);
  return {
    root,
    builder,
    blobs,
    images,
    snapshots,
    sandbox,
    http,
    reach,
    async context(files) {
      const folder = await mkdtemp(join(root, 'context-'));
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), content, { mode: 0o644 });
      }
      return folder;
    },
    async [Symbol.asyncDispose]() {
      await networks.dispose();
      reaper[Symbol.dispose]();
      const mounts = await mountsBelow(root);
      if (mounts.length > 0) throw new Error(`left mounted: ${mounts.join(', ')}`);
      await rm(root, { recursive: true });
    },
  };
}

/** The smallest image that has a shell, of this machine's static busybox. */
async function makeBox(blobs: BlobStore, images: ImageStore): Promise<void> {
  const program = await readFile('/bin/busybox');
  const applets = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const text = (name: string, content: string) => ({
    entry: tarEntry({ name, size: content.length }),
    content: Buffer.from(content),
  });
  const tar = pack([
    { entry: tarEntry({ name: 'bin', type: 'directory' }) },
    { entry: tarEntry({ name: 'bin/busybox', mode: 0o755, size: program.length }), content: program },
    ...applets
      .filter((name) => name !== 'busybox')
      .map((name) => ({ entry: tarEntry({ name: `bin/${name}`, type: 'symlink', linkname: 'busybox' }) })),
    { entry: tarEntry({ name: 'etc', type: 'directory' }) },
    text('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:app:/home/app:/bin/sh\n'),
    text('etc/group', 'root:x:0:\napp:x:1001:\nstaff:x:50:app\n'),
    { entry: tarEntry({ name: 'tmp', type: 'directory', mode: 0o1777 }) },
    { entry: tarEntry({ name: 'linked', type: 'symlink', linkname: '/tmp' }) },
  ]);
  const { digest } = await blobs.put(tar);
  const layer = await images.addLayer(digest);
  const image = await images.create({
    config: {
      created: '2024-01-01T00:00:00Z',
      author: undefined,
      architecture: 'amd64',
      os: 'linux',
      variant: undefined,
      'os.version': undefined,
      config: { ...emptyConfig(), Env: ['PATH=/bin'], Cmd: ['sh'] },
      history: [
        { created: '2024-01-01T00:00:00Z', created_by: 'box', author: undefined, comment: '', empty_layer: false },
      ],
      container: undefined,
      container_config: undefined,
      docker_version: undefined,
    },
    layers: [layer.diffId],
  });
  await images.tag(image.id, 'box');
}
