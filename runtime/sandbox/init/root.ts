import { constants, lstatSync, readFileSync, type Stats, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { errorText, hasErrno } from '../../os/errno.ts';
import { cString, libcFunction } from '../../os/libc.ts';
import { flagsOfMount, mountsBelow, parseMountOptions } from '../../os/mount-options.ts';
import { DETACH, MountFlag, mount, unmount } from '../../os/syscalls.ts';
import { DEFAULT_DEVICE_LINKS, DEFAULT_DEVICES } from '../defaults.ts';
import { MISFIT } from '../misfit.ts';
import type { MountSpec } from '../sandbox.ts';
import type { RunConfig } from './config.ts';
import { checkProcMount } from './proc-mounts.ts';
import { makeFolders, makeMountPoint, resolveInRoot } from './resolve-in-root.ts';

const syscall = libcFunction('pivot_root', 'long syscall(long number, const uint8_t *a, const uint8_t *b)');
const chroot = libcFunction('chroot', 'int chroot(const uint8_t *path)');
const sethostname = libcFunction('sethostname', 'int sethostname(const uint8_t *name, size_t length)');
const setdomainname = libcFunction('setdomainname', 'int setdomainname(const uint8_t *name, size_t length)');
const PIVOT_ROOT = process.arch === 'x64' ? 155 : 41;
/** /proc/self/mountinfo before the root changes: the path stays readable as long as the old /proc is there. */
const MOUNTINFO = '/proc/self/mountinfo';
const BIND = MountFlag.bind;
const REBIND = MountFlag.bind | MountFlag.remount;

/**
 * Makes the container's file tree and goes into it. No file system that the container can write to lets it open device
 * nodes; the devices that it may use are bound from the host one by one.
 */
export function prepareRoot(config: RunConfig): void {
  const root = config.rootfs;
  // Nothing mounted from here on may show on the host.
  mount('', '/', '', MountFlag.slave | MountFlag.recursive);
  mount(root, root, '', BIND | MountFlag.recursive);
  mount('', root, '', MountFlag.private | MountFlag.recursive);
  if (config.hostname !== undefined) setNames(config.hostname, config.domainname);
  for (const each of config.mounts) {
    mountInRoot(root, each, config.privileged);
    // A /dev of the host's that is bound has its devices.
    if (each.destination === '/dev' && each.type !== 'bind') populateDevices(root, config);
  }
  if (!config.privileged) remountBound(root, MountFlag.nodev);
  enter(root);
  makeWorkingFolder(config.process.cwd);
  for (const [name, value] of Object.entries(config.sysctls)) {
    setKernelParameter(`/proc/sys/${name.replaceAll('.', '/')}`, value);
  }
  if (config.oomScoreAdj !== undefined) setOomScore(config.oomScoreAdj);
  for (const path of config.readonlyPaths) makeReadonly(path);
  for (const path of config.maskedPaths) mask(path);
  if (config.readonlyRootfs) remount('/', MountFlag.readonly | (config.privileged ? 0 : MountFlag.nodev));
}

/** Makes a folder the root, and no more than that. */
export function changeRoot(root: string): void {
  chroot(root, cString(root));
  process.chdir('/');
}

/** Makes the working directory where it is not there, as OCI runtimes do; the root is the container's. */
export function makeWorkingFolder(cwd: string): void {
  try {
    makeFolders(cwd || '/');
  } catch (error) {
    throw new Error(`mkdir ${cwd}: ${hasErrno(error, 'EEXIST', 'ENOTDIR') ? 'not a directory' : errorText(error)}`);
  }
}

/** How soon the kernel kills this process for lack of memory; bounded already by what the daemon may set. */
export function setOomScore(value: number): void {
  writeFileSync('/proc/self/oom_score_adj', String(value));
}

function setKernelParameter(path: string, value: string): void {
  try {
    writeFileSync(path, value);
  } catch (error) {
    throw new Error(`open ${path}: ${errorText(error)}`);
  }
}

function setNames(hostname: string, domainname: string | undefined): void {
  sethostname(hostname, cString(hostname), Buffer.byteLength(hostname));
  if (domainname) setdomainname(domainname, cString(domainname), Buffer.byteLength(domainname));
}

function mountInRoot(root: string, spec: MountSpec, privileged: boolean): void {
  const target = resolveInRoot(root, spec.destination);
  checkProcMount(root, target, spec);
  const { flags, propagation, data } = parseMountOptions(spec.options);
  if (spec.type !== 'bind') {
    makeMountPoint(target, 'folder');
    const nodev = privileged ? 0 : MountFlag.nodev;
    mount(spec.source, target, spec.type, (flags & ~BIND) | (spec.type === 'devpts' ? 0 : nodev), data);
    return;
  }
  const source = statSync(spec.source);
  makeMountPoint(target, source.isDirectory() ? 'folder' : 'file');
  bind(spec, target, flags & MountFlag.recursive);
  // Binding takes over the source's flags; others need a second call.
  const own = flags & ~(BIND | MountFlag.recursive);
  remountBound(target, own | (privileged || isDefaultDevice(source) ? 0 : MountFlag.nodev));
  if ((own & MountFlag.readonly) !== 0) {
    for (const below of mountsBelow(readFileSync(MOUNTINFO, 'utf8'), target)) makeReadonlyIfThere(below);
  }
  mount('', target, '', propagation || MountFlag.private | MountFlag.recursive);
}

/** One that every container has may be bound under another name, such as /dev/null over a file that is to be empty. */
function isDefaultDevice({ mode, rdev }: Stats): boolean {
  const isNode = (mode & constants.S_IFMT) === constants.S_IFCHR;
  return isNode && DEFAULT_DEVICES.some(({ major, minor }) => rdev === ((major << 8) | minor));
}

function bind({ source, destination }: MountSpec, target: string, recursive: number): void {
  try {
    mount(source, target, '', BIND | recursive);
  } catch (error) {
    if (!hasErrno(error, 'ENOTDIR')) throw error;
    throw new Error(`error mounting "${source}" to rootfs at "${destination}": not a directory: ${MISFIT}`);
  }
}

/** Adds flags to a mount that was bound, keeping those it has. */
function remountBound(target: string, flags: number): void {
  mount('', target, '', REBIND | flags | flagsOfMount(readFileSync(MOUNTINFO, 'utf8'), target));
}

/** A mount can stand on what was removed since. */
function makeReadonlyIfThere(path: string): void {
  if (exists(path)) remountBound(path, MountFlag.readonly);
}

function populateDevices(root: string, config: RunConfig): void {
  const wanted = new Map([
    ...DEFAULT_DEVICES.map(({ path }) => [path, path] as const),
    ...config.devices.map(({ pathOnHost, pathInContainer }) => [pathInContainer, pathOnHost] as const),
  ]);
  for (const [pathInContainer, pathOnHost] of wanted) {
    const target = resolveInRoot(root, pathInContainer);
    makeMountPoint(target, 'file');
    mount(pathOnHost, target, '', BIND);
  }
  for (const [path, target] of DEFAULT_DEVICE_LINKS) symlinkSync(target, resolveInRoot(root, path));
}

/** pivot_root onto itself: the old root ends up below the new one, and is let go. */
function enter(root: string): void {
  process.chdir(root);
  syscall(root, PIVOT_ROOT, cString('.'), cString('.'));
  mount('', '.', '', MountFlag.slave | MountFlag.recursive);
  unmount('.', DETACH);
  process.chdir('/');
}

function makeReadonly(path: string): void {
  if (!exists(path)) return;
  mount(path, path, '', BIND | MountFlag.recursive);
  remountBound(path, MountFlag.readonly);
}

function mask(path: string): void {
  if (!exists(path)) return;
  if (lstatSync(path).isDirectory()) mount('tmpfs', path, 'tmpfs', MountFlag.readonly, 'size=0k');
  else mount('/dev/null', path, '', BIND);
}

function remount(path: string, flags: number): void {
  remountBound(path, flags);
}

function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false;
    throw error;
  }
}
