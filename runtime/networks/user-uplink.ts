import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { hasErrno } from '../os/errno.ts';
import { isInstalled } from './outbound.ts';

const TUN = '/dev/net/tun';

/** A way out of a network namespace for one who may not touch the host's: a program that translates in user space. */
export interface Uplink extends AsyncDisposable {
  readonly program: 'slirp4netns' | 'pasta';
  /** Name servers that it answers for. */
  readonly nameservers: readonly string[];
  /** Of the program. */
  readonly pid: number;
}

/** Why no way out can be started here, as one sentence with what would change it; undefined where one can. */
export async function uplinkObstacle(): Promise<string | undefined> {
  const installed = await Promise.all(['slirp4netns', 'pasta'].map(isInstalled));
  if (!installed.includes(true))
    return 'containers have no way out of the user’s network: install slirp4netns or passt';
  try {
    await (await open(TUN, 'r+')).close();
    return undefined;
  } catch (error) {
    const what = hasErrno(error, 'ENOENT')
      ? 'is missing: load the module tun'
      : 'is closed to ordinary users: chmod 666 it';
    return `containers have no way out of the user’s network: ${TUN} ${what}`;
  }
}

/** Starts slirp4netns, else pasta, for the namespace at `netns`; undefined where neither is installed or works. */
export async function startUplink(netns: string): Promise<Uplink | undefined> {
  if ((await uplinkObstacle()) !== undefined) return undefined;
  return (await startSlirp(netns)) ?? (await startPasta(netns));
}

async function startSlirp(netns: string): Promise<Uplink | undefined> {
  if (!(await isInstalled('slirp4netns'))) return undefined;
  const args = [
    '--configure',
    '--mtu=65520',
    '--disable-host-loopback',
    '--ready-fd=3',
    '--netns-type=path',
    netns,
    'tap0',
  ];
  const child = spawn('slirp4netns', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const ready = child.stdio[3] as Readable;
  const started = await Promise.race([
    once(ready, 'data').then(() => true),
    once(child, 'exit').then(() => false),
    once(child, 'error').then(() => false),
  ]);
  ready.destroy();
  if (!started) return undefined;
  return {
    program: 'slirp4netns',
    nameservers: ['10.0.2.3'],
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: () => stop(child),
  };
}

async function startPasta(netns: string): Promise<Uplink | undefined> {
  if (!(await isInstalled('pasta'))) return undefined;
  const args = [
    '--config-net',
    '--foreground',
    '--quiet',
    '--tcp-ports',
    'none',
    '--udp-ports',
    'none',
    '--netns',
    netns,
  ];
  const child = spawn('pasta', args, { stdio: 'ignore' });
  // It has no sign of being ready, but ends at once where it cannot start.
  const timer = new Promise<true>((resolve) => setTimeout(resolve, 300, true));
  const started = await Promise.race([
    timer,
    once(child, 'exit').then(() => false),
    once(child, 'error').then(() => false),
  ]);
  if (!started) return undefined;
  return { program: 'pasta', nameservers: [], pid: child.pid ?? 0, [Symbol.asyncDispose]: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
