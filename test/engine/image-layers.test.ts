// Layers are there once, stack as high as they must, and are what other programs see of the store.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pack } from '../../runtime/archive/pack.ts';
import { tarEntry } from '../../runtime/archive/tar-entry.ts';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { pushOnBusybox } from '../harness/layered-image.ts';
import { okay } from './okay.ts';
import { asOrdinaryUser, whyNotRootless } from './ordinary-user.ts';
import { command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

const forbidden = await whyNotRootless();
const DEPTH = 129;

let registry: BaseImages;
let folder: string;
let daemon: RealDaemon;

/** A layer with one file. */
const layerOf = (name: string, content: Buffer): Promise<Buffer> =>
  buffer(pack([{ entry: tarEntry({ name, size: content.length }), content }]));

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'] });
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-layers-'));
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
});

afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  await rm(folder, { recursive: true, force: true });
  expect(left).toEqual([]);
});

const ok = async (engine: Pick<RealDaemon, 'docker'>, ...args: readonly string[]): Promise<string> =>
  okay(await engine.docker(...args));

async function cli(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await daemon.lapstrake(...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout.trim();
}

/** Bytes that the disk holds below the daemon's root. */
async function bytesOnDisk(): Promise<number> {
  const { stdout } = await command('du', ['-s', '--block-size=1', daemon.root]);
  return Number(stdout.split('\t')[0]);
}

describe('130 layers', () => {
  beforeAll(async () => {
    // Busybox last: where each layer is a copy of all below it, that saves a hundred copies of it.
    const below = await Promise.all(
      Array.from({ length: DEPTH }, async (_, n) => {
        const entries = [`n${n}`, 'same'].map((name) => ({
          entry: tarEntry({ name, size: String(n).length }),
          content: Buffer.from(String(n)),
        }));
        return buffer(pack(n === 100 ? [...entries, { entry: tarEntry({ name: '.wh.n7' }) }] : entries));
      }),
    );
    await pushOnBusybox(registry.registryUrl, join(folder, 'deep'), { reference: 'deep:1', below });
  });

  const SHOW = 'cat /same /n1 /n128; ls / | grep -c "^n[0-9]"; echo changed > /n1; cat /n1';

  test.each([
    ['with vfs', ['--storage', 'vfs'], 'root'],
    ['of an ordinary user', ['--storage', 'overlay'], 'ordinary'],
  ] as const)('%s make the root of a container', async (_, options, user) => {
    if (user === 'ordinary' && forbidden !== undefined) throw new Error(forbidden);
    const args = ['--registry-mirror', registry.registryUrl, ...options];
    await using own = await startRealDaemon(args, user === 'root' ? undefined : asOrdinaryUser('range'));
    await ok(own, 'pull', '-q', 'deep:1');
    expect(JSON.parse(await ok(own, 'inspect', '-f', '{{json .RootFS.Layers}}', 'deep:1'))).toHaveLength(DEPTH + 1);
    const run = ['--network', 'none', 'deep:1', 'sh', '-c', SHOW];
    expect(await ok(own, 'run', '--name', 'deep', ...run)).toBe(`1281128128\nchanged`);
    expect(await ok(own, 'diff', 'deep')).toBe('C /n1');
    // One more on top of it.
    await ok(own, 'commit', 'deep', 'deeper:1');
    expect(await ok(own, 'run', '--rm', '--network', 'none', 'deeper:1', 'cat', '/n1')).toBe('changed');
    await ok(own, 'rm', 'deep');
  });
});

test('images on one base keep it once: a second pull and a second build add their own layers only', async () => {
  const [base, own] = [4 << 20, 256 << 10];
  // What the disk takes for records, folders and the ends of blocks.
  const slack = 192 << 10;
  const shared = await layerOf('shared', randomBytes(base));
  for (const name of ['one', 'two']) {
    const above = [shared, await layerOf(name, randomBytes(own))];
    await pushOnBusybox(registry.registryUrl, join(folder, name), { reference: `${name}:1`, above });
  }
  const growth: Record<string, number> = {};
  const measured = async (name: string, step: () => Promise<unknown>): Promise<void> => {
    const before = await bytesOnDisk();
    await step();
    growth[name] = (await bytesOnDisk()) - before;
  };
  await measured('first pull', () => ok(daemon, 'pull', '-q', 'one:1'));
  await measured('first container', () => ok(daemon, 'run', '--rm', '--network', 'none', 'one:1', 'true'));
  await measured('second pull', () => ok(daemon, 'pull', '-q', 'two:1'));
  await measured('second container', () => ok(daemon, 'run', '--rm', '--network', 'none', 'two:1', 'true'));
  const build = async (name: string): Promise<void> => {
    const context = await mkdtemp(join(folder, 'context-'));
    await writeFile(join(context, 'Dockerfile'), 'FROM one:1\nCOPY file /built\n');
    await writeFile(join(context, 'file'), randomBytes(own));
    await ok(daemon, 'build', '-q', '-t', name, context);
  };
  await measured('first build', () => build('built:1'));
  await measured('second build', () => build('built:2'));
  const first = growth['first pull']! + growth['first container']!;
  const second = growth['second pull']! + growth['second container']!;
  expect({ growth, first: first > 2 * base, second: second > own && second < 2 * own + slack }).toEqual({
    growth,
    first: true,
    second: true,
  });
  for (const name of ['first build', 'second build']) {
    expect(growth[name], `${name}: ${JSON.stringify(growth)}`).toBeLessThan(2 * own + slack);
    expect(growth[name]).toBeGreaterThan(own);
  }
  // Neither does the table of layers count it twice.
  const layers = await ok(daemon, 'inspect', '-f', '{{json .RootFS.Layers}}', 'one:1', 'two:1');
  const [one, two] = layers.split('\n').map((line) => JSON.parse(line) as string[]);
  expect(two!.slice(0, -1)).toEqual(one!.slice(0, -1));
});

test('skopeo reads the store as the layout that it is', async () => {
  await ok(daemon, 'pull', '-q', 'busybox');
  await ok(daemon, 'tag', 'busybox', 'registry.example:5000/team/app:v1.2');
  const store = join(daemon.root, 'images');
  const digest = (await ok(daemon, 'inspect', '-f', '{{index .RepoDigests 0}}', 'busybox')).split('@')[1];
  for (const name of ['busybox:latest', 'registry.example:5000/team/app:v1.2']) {
    const { code, stdout, stderr } = await command('skopeo', ['inspect', `oci:${store}:${name}`]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const said = JSON.parse(stdout) as { Layers: string[]; Os: string; Digest: string };
    expect(said).toMatchObject({ Os: 'linux', Layers: [expect.stringMatching(/^sha256:/)] });
    expect(await readdir(join(store, 'blobs/sha256'))).toContain(said.Layers[0]!.slice('sha256:'.length));
    const copy = join(folder, name.replace(/\W/g, '-'));
    expect(await command('skopeo', ['copy', `oci:${store}:${name}`, `dir:${copy}`])).toMatchObject({ code: 0 });
  }
  expect(digest).toMatch(/^sha256:/);
});

test('the command line saves, loads, imports, exports, commits, tags, compares and tells', async () => {
  await ok(daemon, 'pull', '-q', 'busybox');
  await ok(
    daemon,
    'run',
    '--name',
    'worker',
    '--network',
    'none',
    'busybox',
    'sh',
    '-c',
    'echo made > /made; rm /etc/group',
  );
  expect((await cli('diff', 'worker')).split('\n')).toEqual(['C /etc', 'D /etc/group', 'A /made']);

  const id = await cli('commit', '-m', 'why', '-a', 'who', '-c', 'CMD ["cat", "/made"]', 'worker', 'work:1');
  expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await cli('tag', 'work:1', 'work:2')).toBe('');
  expect(JSON.parse(await cli('inspect', 'work:2'))).toMatchObject([
    { Id: id, Author: 'who', Comment: 'why', Config: { Cmd: ['cat', '/made'] } },
  ]);
  const history = (await cli('history', '--no-trunc', 'work:2')).split('\n');
  expect(history[0]).toMatch(/^IMAGE +CREATED +CREATED BY +SIZE +COMMENT$/);
  expect(history[1]).toMatch(new RegExp(`^${id} .* why$`));

  const archive = join(folder, 'work.tar');
  await cli('save', '-o', archive, 'work:1', 'work:2');
  await ok(daemon, 'rmi', 'work:1', 'work:2');
  expect((await cli('load', '-i', archive)).split('\n').sort()).toEqual([
    'Loaded image: work:1',
    'Loaded image: work:2',
  ]);
  expect(JSON.parse(await cli('inspect', '--type', 'image', 'work:1'))[0].Id).toBe(id);
  expect(await ok(daemon, 'run', '--rm', '--network', 'none', 'work:1')).toBe('made');

  const files = join(folder, 'files.tar');
  await cli('export', '-o', files, 'worker');
  const imported = await cli('import', '-c', 'CMD ["cat", "/made"]', '-m', 'brought', files, 'flat:1');
  expect(imported).toMatch(/^sha256:/);
  expect(JSON.parse(await cli('inspect', 'flat:1'))[0]).toMatchObject({
    Comment: 'brought',
    RootFS: { Layers: [expect.any(String)] },
  });
  expect(await ok(daemon, 'run', '--rm', '--network', 'none', 'flat:1')).toBe('made');

  const refused = [
    [['save', '-o', join(folder, 'none.tar'), 'nobody'], /No such image: nobody/],
    [['load', '-i', join(folder, 'deep/index.json')], /./],
    [['import', join(folder, 'nowhere.tar')], /nowhere\.tar/],
    // Whatever a browser thinks of the port.
    [['import', 'http://127.0.0.1:1/x'], /http:\/\/127\.0\.0\.1:1\/x cannot be downloaded: .*ECONNREFUSED/],
    [['export', '-o', join(folder, 'none.tar'), 'nobody'], /No such container: nobody/],
    [['commit', 'nobody'], /No such container: nobody/],
    [['history', 'nobody'], /No such image: nobody/],
  ] as const;
  for (const [args, says] of refused) {
    const { code, stderr } = await daemon.lapstrake(...args);
    expect({ args, code, stderr }).toEqual({ args, code: 1, stderr: expect.stringMatching(says) });
  }
  expect(await readdir(folder)).not.toContain('none.tar');
  await ok(daemon, 'rm', 'worker');
});
