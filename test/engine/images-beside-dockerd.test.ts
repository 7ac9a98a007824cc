import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type RealDockerd, startRealDockerd } from '../harness/real-dockerd.ts';
import { okay } from './okay.ts';
import { type CommandResult, command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

// What a real dockerd does, ours does: archives that go both ways, commit, diff, export.

type Docker = (...args: readonly string[]) => Promise<CommandResult>;

let registry: BaseImages;
let dockerd: RealDockerd;
let daemons: Readonly<Record<'overlay' | 'vfs', RealDaemon>>;
let folder: string;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  const args = ['--registry-mirror', registry.registryUrl];
  const [other, overlay, vfs] = await Promise.all([
    startRealDockerd(registry.registryUrl),
    startRealDaemon([...args, '--storage', 'overlay']),
    startRealDaemon([...args, '--storage', 'vfs']),
  ]);
  dockerd = other;
  daemons = { overlay, vfs };
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-beside-'));
  for (const docker of everyone()) await ok(docker, 'pull', '-q', 'busybox');
});

afterAll(async () => {
  const left = await Promise.all(Object.values(daemons ?? {}).map((daemon) => daemon.stop()));
  await dockerd?.[Symbol.asyncDispose]();
  await registry?.stop();
  await rm(folder, { recursive: true, force: true });
  expect(left).toEqual([[], []]);
});

function everyone(): Docker[] {
  return [dockerd.docker, daemons.overlay.docker, daemons.vfs.docker];
}

const ok = async (docker: Docker, ...args: readonly string[]): Promise<string> => okay(await docker(...args));

async function inspect(docker: Docker, image: string, format: string): Promise<unknown> {
  return JSON.parse(await ok(docker, 'image', 'inspect', '-f', `{{json ${format}}}`, image));
}

/** Changes of every kind: also those that come to nothing. */
const CHANGES = `
  echo x >/newf; rm /bin/vi; echo y >/etc/added; mkdir -p /a/b/c; echo 1 >/a/b/c/f
  rm -rf /home; mkdir /home; rm -rf /var; mkdir -p /var/spool/x; chmod 700 /root; chmod 755 /usr
  touch /etc/passwd; chmod 600 /etc/group; chmod 644 /etc/group; ln -s /etc /lnk; mknod /pipe p
  rm -rf /usr/sbin; echo file >/usr/sbin; rm /etc/shadow; mkdir /etc/shadow; echo z >/etc/shadow/in
  ln /bin/busybox /bin/hl; mv /bin/wget /bin/wget2; touch /tmp/t; chown 1:1 /bin/ls; rm /bin/vi2 2>/dev/null || true`;

describe.each(['overlay', 'vfs'] as const)('%s', (driver) => {
  const ours: Docker = (...args) => daemons[driver].docker(...args);

  test('diff tells what dockerd tells, of a container that runs and of one that has ended', async () => {
    const both = [dockerd.docker, ours];
    const told = await Promise.all(
      both.map(async (docker) => {
        const [name, running] = [`diff-${driver}`, `diff-running-${driver}`];
        const none = ['--network', 'none', '-v', '/volume'];
        await ok(docker, 'run', '--name', name, ...none, 'busybox', 'sh', '-ec', CHANGES);
        await ok(docker, 'run', '-d', '--name', running, ...none, 'busybox', 'sh', '-c', 'echo 1 >/f; exec sleep 1000');
        const untouched = await ok(docker, 'create', ...none, 'busybox');
        await expect.poll(async () => (await docker('exec', running, 'cat', '/f')).stdout).toBe('1\n');
        const lines = async (of: string) => (await ok(docker, 'diff', of)).split('\n').sort();
        const found = [await lines(name), await lines(running), await lines(untouched)];
        await ok(docker, 'rm', '-f', '-v', running, untouched);
        return found;
      }),
    );
    expect(told[1]).toEqual(told[0]);
    expect(told[0]![0]).toEqual(expect.arrayContaining(['C /bin', 'D /bin/vi', 'A /newf', 'A /volume']));
  });

  test('commit makes the image that dockerd makes of the same container', async () => {
    const [theirs, own] = await Promise.all(
      [dockerd.docker, ours].map(async (docker) => {
        const name = `diff-${driver}`;
        const changes = [
          'CMD ["cat", "/newf"]',
          'ENV Z=1 Y=$PATH',
          'LABEL a=b',
          'EXPOSE 80',
          'WORKDIR /a',
          'USER nobody',
        ];
        const words = changes.flatMap((change) => ['-c', change]);
        const id = await ok(docker, 'commit', '-m', 'why', '-a', 'who', ...words, name, `committed-${driver}:1`);
        await ok(docker, 'commit', '-c', 'ENTRYPOINT ["/x"]', name, `entry-${driver}`);
        const image = `committed-${driver}:1`;
        expect(await inspect(docker, image, '.Id')).toBe(id);
        const config = async (of: string) => {
          const { Env, Cmd, Labels, ExposedPorts, WorkingDir, User, Entrypoint, Volumes } = (await inspect(
            docker,
            of,
            '.Config',
          )) as Record<string, unknown>;
          return { Env, Cmd, Labels, ExposedPorts, WorkingDir, User, Entrypoint, Volumes };
        };
        const history = await ok(docker, 'history', '--no-trunc', '--format', '{{json .}}', image);
        const steps = history.split('\n').map((line) => {
          const { CreatedBy, Size, Comment } = JSON.parse(line);
          return { CreatedBy, Size, Comment };
        });
        const layers = (await inspect(docker, image, '.RootFS.Layers')) as string[];
        return {
          configs: [await config(image), await config(`entry-${driver}`)],
          steps,
          said: await inspect(docker, image, '.Comment'),
          author: await inspect(docker, image, '.Author'),
          // A copy for each layer knows of no file that was changed and changed back, as dockerd's own vfs.
          size: driver === 'overlay' && (await inspect(docker, image, '.Size')),
          // The topmost layer has this container's times in it.
          below: layers.slice(0, -1),
        };
      }),
    );
    expect(own).toEqual(theirs);
    expect(await ok(ours, 'run', '--rm', '--network', 'none', `committed-${driver}:1`)).toBe('x');
  });

  test('a container that changed nothing commits to no layer, and a running one is paused meanwhile', async () => {
    await ok(ours, 'run', '-d', '--name', 'idle', '--network', 'none', 'busybox', 'sleep', '1000');
    const since = Math.floor(Date.now() / 1000);
    const id = await ok(ours, 'commit', 'idle');
    expect(await inspect(ours, id, '.RootFS.Layers')).toEqual(await inspect(ours, 'busybox', '.RootFS.Layers'));
    const events = await ok(
      ours,
      ...['events', '--since', String(since), '--until', String(Math.ceil(Date.now() / 1000) + 1)],
      ...['--filter', 'container=idle', '--format', '{{.Action}}'],
    );
    expect(events.split('\n').filter((each) => /pause|commit/.test(each))).toEqual(['pause', 'unpause', 'commit']);
    expect(await ok(ours, 'inspect', '-f', '{{.State.Status}}', 'idle')).toBe('running');
    await ok(ours, 'rm', '-f', 'idle');
  });

  test('a commit that makes no sense is refused and changes nothing', async () => {
    const images = await ok(ours, 'images', '-aq');
    const refused: [string[], string][] = [
      [['-c', 'RUN true', `diff-${driver}`], 'RUN is not a valid change command'],
      [[`diff-${driver}`, 'Not/A/Name'], 'must be lowercase'],
      [['nobody'], 'No such container: nobody'],
    ];
    for (const [args, message] of refused) {
      const { code, stderr } = await ours('commit', ...args);
      expect({ args, code, stderr }).toEqual({ args, code: 1, stderr: expect.stringContaining(message) });
    }
    expect(await ok(ours, 'images', '-aq')).toBe(images);
  });

  test('export has the files that the container shows, volumes left out', async () => {
    const names = async (docker: Docker): Promise<string[]> => {
      const file = join(folder, `export-${driver}.tar`);
      await ok(docker, 'export', '-o', file, `diff-${driver}`);
      const { stdout } = await command('tar', ['tf', file]);
      return stdout.split('\n').sort();
    };
    const [theirs, own] = [await names(dockerd.docker), await names(ours)];
    // What dockerd makes below every container, needed or not.
    const made = ['dev/console', 'dev/pts/', 'dev/shm/'];
    expect(own).toEqual(theirs.filter((name) => !made.includes(name)));
    expect(own).toContain('newf');
  });

  test('archives go from dockerd to us and back, images keep their IDs', async () => {
    const [there, back] = [join(folder, `there-${driver}.tar`), join(folder, `back-${driver}.tar`)];
    const image = `moved-${driver}:1`;
    await ok(dockerd.docker, 'tag', `committed-${driver}:1`, image);
    await ok(dockerd.docker, 'save', '-o', there, image, 'busybox');
    // dockerd writes the images of an archive in no order.
    const taken = await ok(ours, 'load', '-i', there);
    expect(taken.split('\n').sort()).toEqual(['Loaded image: busybox:latest', `Loaded image: ${image}`]);
    const id = await inspect(dockerd.docker, image, '.Id');
    expect(await inspect(ours, image, '.Id')).toBe(id);
    expect(await ok(ours, 'run', '--rm', '--network', 'none', image)).toBe('x');

    await ok(ours, 'save', '-o', back, image, `committed-${driver}:1`);
    await ok(dockerd.docker, 'rmi', '-f', image, `committed-${driver}:1`);
    const loaded = await ok(dockerd.docker, 'load', '-i', back);
    expect(loaded.split('\n').sort()).toEqual([`Loaded image: committed-${driver}:1`, `Loaded image: ${image}`]);
    expect(await inspect(dockerd.docker, image, '.Id')).toBe(id);
    for (const each of [image, `committed-${driver}:1`]) {
      expect(await ok(dockerd.docker, 'run', '--rm', '--network', 'none', each)).toBe('x');
    }
  });
});

describe('other programs', () => {
  /** Podman takes no place for its state whose path is longer than 50 characters. */
  let podmanFolder: string;
  const ours: Docker = (...args) => daemons.overlay.docker(...args);
  const podman: Docker = (...args) => {
    const stores = ['--root', join(podmanFolder, 'root'), '--runroot', join(podmanFolder, 'run')];
    return command('podman', [...stores, '--storage-driver', 'vfs', ...args]);
  };

  beforeAll(async () => {
    podmanFolder = await mkdtemp('/tmp/podman-');
    await writeFile(join(folder, 'Dockerfile'), 'FROM busybox\nRUN echo made >/made\nCMD ["cat", "/made"]\n');
    await ok(ours, 'build', '-q', '-t', 'made:1', folder);
    await ok(ours, 'save', '-o', join(folder, 'made.tar'), 'made:1');
  });

  afterAll(() => rm(podmanFolder, { recursive: true, force: true }));

  test('podman loads ours, and we load what it saves in both of its formats', async () => {
    await ok(podman, 'load', '-q', '-i', join(folder, 'made.tar'));
    const id = String(await inspect(ours, 'made:1', '.Id')).replace('sha256:', '');
    expect(await ok(podman, 'image', 'inspect', '-f', '{{.Id}}', 'made:1')).toBe(id);
    await ok(podman, 'tag', 'made:1', 'localhost/moved:1');
    for (const format of ['docker-archive', 'oci-archive']) {
      const file = join(folder, `podman-${format}.tar`);
      await ok(podman, 'save', '-q', '--format', format, '-o', file, 'localhost/moved:1');
      await ok(ours, 'load', '-i', file);
      expect(await ok(ours, 'run', '--rm', '--network', 'none', 'localhost/moved:1')).toBe('made');
      await ok(ours, 'rmi', 'localhost/moved:1');
    }
  });

  test('skopeo reads ours as an archive and as a layout, and we load what it writes', async () => {
    const archive = `docker-archive:${join(folder, 'made.tar')}:made:1`;
    const layout = join(folder, 'layout');
    await command('mkdir', [layout]);
    await command('tar', ['xf', join(folder, 'made.tar'), '-C', layout]);
    for (const [from, to] of [
      [archive, 'docker-archive:FILE:skopeo:1'],
      [`oci:${layout}:1`, 'oci-archive:FILE:skopeo:1'],
    ] as const) {
      const file = join(folder, `skopeo-${to.slice(0, 3)}.tar`);
      const { code, stderr } = await command('skopeo', ['copy', from, to.replace('FILE', file)]);
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
      expect(await ok(ours, 'load', '-i', file)).toBe('Loaded image: skopeo:1');
      expect(await ok(ours, 'run', '--rm', '--network', 'none', 'skopeo:1')).toBe('made');
      await ok(ours, 'rmi', 'skopeo:1');
    }
  });

  test.each(['gzip', 'bzip2', 'xz', 'zstd'])('an archive packed by %s is loaded', async (program) => {
    const packed = join(folder, `made.tar.${program}`);
    await command('sh', ['-c', `${program} -c ${join(folder, 'made.tar')} > ${packed}`]);
    await ok(ours, 'rmi', '-f', 'made:1');
    const { stdout, stderr } = await command('sh', [
      '-c',
      `docker -H unix://${daemons.overlay.socket} load < ${packed}`,
    ]);
    expect({ stdout, stderr }).toEqual({ stdout: 'Loaded image: made:1\n', stderr: '' });
    expect(await ok(ours, 'run', '--rm', '--network', 'none', 'made:1')).toBe('made');
  });
});
