import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { hasErrno } from '../os/errno.ts';
import { isInstalled } from '../os/installed.ts';
import { hasIpv6 } from '../os/ipv6-settings.ts';
import type { UplinkAddress } from './network-ops.ts';
import { parseSubnet, type Subnet } from './subnet.ts';

const TUN = '/dev/net/tun';
/** What slirp4netns has of IPv6, fixed (slirp4netns(1), IPv6), and expects us to set: it announces itself as a router only. */
const SLIRP_IPV6: UplinkAddress = { name: 'tap0', ip: 'fd00::100', prefix: 64, gateway: 'fd00::2' };
/** No network can have it, too. */
export const SLIRP_SUBNET6: Subnet = parseSubnet('fd00::/64');

/** A way out of a network namespace for one who may not touch the host's: a program that translates in user space. */
export interface Uplink extends AsyncDisposable {
  readonly program: 'slirp4netns' | 'pasta';
  /** Name servers that it answers for. */
  readonly nameservers: readonly string[];
  /** Of the program. */
  readonly pid: number;
  /** What its interface has to be given yet. */
  readonly ipv6?: UplinkAddress | undefined;
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
  const dual = hasIpv6() ? await startSlirp(netns, ['--enable-ipv6']) : undefined;
  if (dual !== undefined) return { ...dual, ipv6: SLIRP_IPV6 };
  return (await startSlirp(netns, [])) ?? (await startPasta(netns));
}

async function startSlirp(netns: string, options: readonly string[]): Promise<Uplink | undefined> {
  if (!(await isInstalled('slirp4netns'))) return undefined;
  const args = [
    ...options,
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
