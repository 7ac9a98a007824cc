// Nothing of a file is lost on its way: pull, run, commit, push, pull by digest into another store, run.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { describeTree, idsOf } from '../harness/file-tree.ts';
import { pushOddImage } from '../harness/odd-image.ts';
import { okay } from './okay.ts';
import { asOrdinaryUser, whyNotRootless } from './ordinary-user.ts';
import { command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

const forbidden = await whyNotRootless();
const KINDS: readonly (readonly [string, Kind])[] = [
  ['overlay', { storage: 'overlay', user: 'root' }],
  ['vfs', { storage: 'vfs', user: 'root' }],
  ['overlay of an ordinary user', { storage: 'overlay', user: 'ordinary' }],
];

interface Kind {
  readonly storage: 'overlay' | 'vfs';
  readonly user: 'root' | 'ordinary';
}

let registry: BaseImages;
let folder: string;
let expected: Record<string, string>;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'] });
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-fidelity-'));
  expected = await describeTree(await pushOddImage(registry.registryUrl, folder));
});

afterAll(async () => {
  await registry?.stop();
  await rm(folder, { recursive: true, force: true });
});

const ok = async (daemon: RealDaemon, ...args: readonly string[]): Promise<string> =>
  okay(await daemon.docker(...args));

/** Starts a container that waits, and gives its name and its process's id here. */
async function running(daemon: RealDaemon, image: string): Promise<{ id: string; pid: number }> {
  const id = await ok(daemon, 'run', '-d', '--network', 'none', image, 'sleep', '1000');
  return { id, pid: await pidOf(daemon, id) };
}

async function pidOf(daemon: RealDaemon, id: string): Promise<number> {
  return Number(await ok(daemon, 'inspect', '-f', '{{.State.Pid}}', id));
}

async function treeOf(pid: number): Promise<Record<string, string>> {
  return describeTree(`/proc/${pid}/root/tree`, await idsOf(pid));
}

const CHANGES = String.raw`
  cd /tree; set -e
  echo more >> plain/text; echo more >> owners/setuid; chmod 4711 owners/none; chown 9:10 owners/group
  rm plain/0 links/one; rm -r empty; mkdir empty
  ln plain/1 plain/1-linked; ln plain/2 links/2-linked; echo new > new; ln new new-linked; ln new names/new-linked
  echo through >> links/two; mv plain/3 plain/moved; mv plain/4 plain/5
  ln -s "$(printf 'to\377')" links/new; ln -sf elsewhere links/absolute; mkfifo -m 611 nodes/new-fifo
  printf new > "$(printf 'names/new\377\376')"; rm "$(printf 'names/n\377\376\344')"
  printf long > "names/$(printf '%0240d' 7)"; echo below > "$(printf 'names/foldern\377\376\344')/new"
  rm -r opaque; mkdir -p opaque/sub; chmod 1700 opaque; echo again > opaque/hidden
  rm becomes-file; mkdir becomes-file; echo in > becomes-file/in; rm -r becomes-folder; echo file > becomes-folder
  printf middle | dd of=sparse bs=1 seek=1048576 conv=notrunc 2>/dev/null; truncate -s 50M sparse-too
  touch -d @1234567890 plain/6 times/exact-folder/..; touch -h -d @1234567891 links/long`;

/** What busybox cannot do: attributes, and times to the nanosecond. */
const MORE_CHANGES = String.raw`
import os, sys
os.chdir(sys.argv[1])
os.setxattr('plain/7', 'user.new', b'\0\xff'); os.setxattr('plain', 'user.new', b'folder')
os.setxattr('attributes/file', 'user.bytes', b'changed'); os.removexattr('attributes/both', 'user.empty')
for name in os.listxattr('attributes/folder'): os.removexattr('attributes/folder', name)
os.setxattr('plain/8', 'security.capability', bytes.fromhex('0100000200040000000000000000000000000000'))
os.removexattr('attributes/capable', 'security.capability')
os.utime('plain/9', ns=(1, 1500000000987654321)); os.utime('links/dangling', ns=(1, 1500000000000000001), follow_symlinks=False)
os.utime('owners/sticky', ns=(1, 1400000000123456789))`;

describe.each(KINDS)('%s', (_, { storage, user }) => {
  const launcher = user === 'root' ? undefined : asOrdinaryUser('range');
  const open: RealDaemon[] = [];
  const start = async (): Promise<RealDaemon> => {
    const daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl, '--storage', storage], launcher);
    open.push(daemon);
    return daemon;
  };

  afterAll(async () => {
    for (const daemon of open) expect(await daemon.stop()).toEqual([]);
  });

  test('what an image holds comes through whole', async ({ skip }) => {
    if (user === 'ordinary' && forbidden !== undefined) skip(forbidden);
    const daemon = await start();
    await ok(daemon, 'pull', '-q', 'odd:1');
    const { id, pid } = await running(daemon, 'odd:1');
    const pulled = await treeOf(pid);
    // An ordinary user cannot make devices, which the daemon says.
    const whole = Object.entries(expected).filter(([, line]) => user === 'root' || !/^(block|character) /.test(line));
    expect(pulled).toEqual(Object.fromEntries(whole));
    expect((await stat(`/proc/${pid}/root/tree/sparse`)).blocks * 512).toBeLessThan(1 << 20);

    await ok(daemon, 'exec', id, 'sh', '-c', CHANGES);
    if (user === 'root') await ok(daemon, 'exec', id, 'mknod', '-m', '604', '/tree/nodes/new', 'c', '10', '200');
    const inside = user === 'root' ? [] : ['-U', '-S', '0', '-G', '0'];
    const changing = ['-t', String(pid), ...inside, '--', 'python3', '-c', MORE_CHANGES, `/proc/${pid}/root/tree`];
    expect(await command('nsenter', changing)).toMatchObject({ code: 0, stderr: '' });
    // In a user namespace the kernel shows two inodes for a file that it has just copied up for a link, until it is mounted anew.
    await ok(daemon, 'restart', '-t', '0', id);
    const changed = await treeOf(await pidOf(daemon, id));
    expect(changed).not.toEqual(pulled);

    const name = `${new URL(registry.registryUrl).host}/odd/${storage}-${user}`;
    const pauses = (await daemon.docker('pause', id)).code === 0;
    if (pauses) await ok(daemon, 'unpause', id);
    await ok(daemon, 'commit', id, `${name}:1`);
    // Without control groups nothing can be paused, which is told beforehand, too.
    const warned = daemon.log().includes('is committed while it runs');
    const told = (await daemon.docker('info')).stderr.includes('No freezer support: containers cannot be paused');
    expect({ warned, told }).toEqual({ warned: !pauses, told: !pauses });
    const digest = /digest: (\S+)/.exec(await ok(daemon, 'push', `${name}:1`))?.[1] ?? 'none';
    await ok(daemon, 'rm', '-f', id);

    const other = await start();
    await ok(other, 'pull', '-q', `${name}@${digest}`);
    const again = await running(other, `${name}@${digest}`);
    expect(await treeOf(again.pid)).toEqual(changed);
    expect((await stat(`/proc/${again.pid}/root/tree/sparse-too`)).blocks * 512).toBeLessThan(1 << 20);
    await ok(other, 'rm', '-f', again.id);
  });
});
