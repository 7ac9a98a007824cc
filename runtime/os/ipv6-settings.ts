import { existsSync, readFileSync } from 'node:fs';
import { unavailable } from '../errors.ts';
import { hasErrno } from './errno.ts';
import { announcedInterfaces, parseIpv6Routes } from './ipv6-routes.ts';
import { setNetSysctl } from './netns.ts';

const CONF = '/proc/sys/net/ipv6/conf';

/** Whether the kernel has IPv6 at all, turned on or off. */
export function hasIpv6(): boolean {
  return existsSync(`${CONF}/all/disable_ipv6`);
}

/**
 * Turns IPv6 of an interface of the calling thread's namespace on or off. One that is off has no link-local address either.
 * Error: EngineError `unavailable` where it is off and may not be turned on.
 */
export function setIpv6(name: string, state: 'on' | 'off'): void {
  const value = state === 'on' ? '0' : '1';
  const setting = `ipv6/conf/${name}/disable_ipv6`;
  try {
    if (readNetSysctl(setting) !== value) setNetSysctl(setting, value);
  } catch (cause) {
    // Without a kernel's IPv6, or with /proc/sys read-only, nothing can be turned off: it is a refinement only.
    if (state === 'off' && hasErrno(cause, 'ENOENT', 'EACCES', 'EROFS', 'EPERM')) return;
    throw unavailable({
      code: 'ipv6-off',
      message: `IPv6 is off on interface ${name}, and cannot be turned on (net.ipv6.conf.${name}.disable_ipv6): ${String(cause)}`,
      subject: name,
      cause,
    });
  }
}

/** Takes no routers from an interface: containers could announce themselves there as the host's. */
export function ignoreRouters(name: string): void {
  try {
    setNetSysctl(`ipv6/conf/${name}/accept_ra`, '0');
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'EACCES', 'EROFS', 'EPERM')) throw error;
  }
}

/**
 * Lets the kernel forward IPv6 in the calling thread's namespace. Interfaces that have their way out from a router go on
 * listening to it, which they would not while the kernel forwards. Error: EngineError `unavailable` where it may not.
 */
export function forwardIpv6(): void {
  const setting = 'ipv6/conf/all/forwarding';
  if (readNetSysctl(setting) === '1') return;
  try {
    keepRouters();
    setNetSysctl(setting, '1');
  } catch (cause) {
    throw unavailable({
      code: 'ipv6-forwarding',
      message: `IPv6 cannot be forwarded (net.ipv6.conf.all.forwarding is 0): ${String(cause)}`,
      subject: setting,
      cause,
    });
  }
}

function keepRouters(): void {
  for (const name of announcedInterfaces(parseIpv6Routes(readFileSync('/proc/thread-self/net/ipv6_route', 'utf8')))) {
    if (readNetSysctl(`ipv6/conf/${name}/accept_ra`) === '1') setNetSysctl(`ipv6/conf/${name}/accept_ra`, '2');
  }
}

function readNetSysctl(name: string): string {
  return readFileSync(`/proc/sys/net/${name}`, 'utf8').trim();
}
