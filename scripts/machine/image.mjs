// A virtual machine as most servers are today: Debian with systemd, and control groups of version 2 alone. Its kernel is one
// for user mode: a program, which needs neither a virtual processor nor another kernel here.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder } from '../fixtures/cache.mjs';
import { findProgram } from '../fixtures/host.mjs';

const run = promisify(execFile);
const SUITE = 'bookworm';
const PACKAGES = [
  ...['user-mode-linux', 'systemd-sysv', 'udev', 'kmod', 'openssh-server'],
  // What makes an ordinary user's session, with a systemd of its own.
  ...['dbus', 'dbus-user-session', 'libpam-systemd', 'uidmap', 'slirp4netns', 'passt'],
  // What the engine uses, and the tests.
  ...['runc', 'crun', 'iptables', 'iproute2', 'procps', 'busybox-static', 'ca-certificates', 'git'],
  ...['gcc', 'libc6-dev', 'python3-minimal', 'iputils-ping', 'netcat-openbsd', 'xz-utils', 'zstd'],
];
/** Programs that are copied from this machine, in its own version. */
const PROGRAMS = ['node', 'docker'];
const SIZE = '8G';

/** Where the machine is in its network, and this one. */
export const ADDRESS = '10.0.2.2';
export const GATEWAY = '10.0.2.1';
/** The ordinary user of the machine. */
export const USER = 'tester';

/**
 * Gives the folder with `disk`, `linux` (the kernel) and `key`, made where it is not there: with mmdebstrap, which takes minutes.
 * @param {(line: string) => void} say
 */
export async function machineImage(say) {
  const folder = path.join(cacheFolder(), `machine-${await recipeHash()}`);
  if (await isThere(folder)) return folder;
  if (process.getuid?.() !== 0) throw new Error('Only root can make the disk of the machine.');
  say(`making a machine of Debian ${SUITE} in ${folder}`);
  await mkdir(path.dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}-unfinished-`);
  try {
    const root = path.join(unfinished, 'root');
    await run('mmdebstrap', ['--variant=minbase', `--include=${PACKAGES.join(',')}`, SUITE, root], {
      maxBuffer: 1 << 26,
    });
    await settle(root, unfinished);
    await run('mke2fs', ['-q', '-t', 'ext4', '-d', root, path.join(unfinished, 'disk'), SIZE]);
    await rm(root, { recursive: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

async function recipeHash() {
  const hash = createHash('sha256').update(await readFile(fileURLToPath(import.meta.url)));
  for (const name of PROGRAMS) {
    const { size, mtimeMs } = await stat(await program(name));
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

async function program(name) {
  const found = await findProgram(name);
  if (found === undefined) throw new Error(`The machine needs ${name}, which is not installed here.`);
  return found;
}

/** Users, network, programs and keys of a new root. */
async function settle(root, beside) {
  const at = (...parts) => path.join(root, ...parts);
  for (const name of PROGRAMS) await copyFile(await program(name), at('usr/local/bin', name));
  await run('chroot', [root, 'useradd', '--create-home', '--shell', '/bin/bash', USER]);
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(beside, 'key')]);
  for (const home of ['root', `home/${USER}`]) {
    await mkdir(at(home, '.ssh'), { recursive: true, mode: 0o700 });
    await copyFile(path.join(beside, 'key.pub'), at(home, '.ssh/authorized_keys'));
  }
  await run('chroot', [root, 'chown', '-R', `${USER}:`, `/home/${USER}/.ssh`]);
  await writeFile(at('etc/fstab'), '/dev/ubda / ext4 defaults 0 1\n');
  await writeFile(at('etc/hostname'), 'lapstrake-machine\n');
  await writeFile(
    at('etc/systemd/network/all.network'),
    `[Match]\nName=vec*\n[Network]\nAddress=${ADDRESS}/24\nGateway=${GATEWAY}\n`,
  );
  await writeFile(at('etc/hosts'), '127.0.0.1 localhost lapstrake-machine\n::1 localhost\n');
  // The tables of this kernel are the older ones.
  for (const name of ['iptables', 'ip6tables']) {
    await run('chroot', [root, 'update-alternatives', '--set', name, `/usr/sbin/${name}-legacy`]);
  }
  await run('chroot', [root, 'systemctl', 'enable', 'systemd-networkd']);
  const modules = at('usr/lib/uml/modules');
  const [release] = await readdir(modules);
  await mkdir(at('lib/modules'), { recursive: true });
  await rename(path.join(modules, release), at('lib/modules', release));
  await run('chroot', [root, 'depmod', release]);
  await rename(at('usr/bin/linux.uml'), path.join(beside, 'linux'));
}

const isThere = (file) =>
  stat(file).then(
    () => true,
    () => false,
  );
