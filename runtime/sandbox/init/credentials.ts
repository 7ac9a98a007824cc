import { hasErrno } from '../../os/errno.ts';
import { libcFunction } from '../../os/libc.ts';
import { prctl } from '../../os/syscalls.ts';
import { CAPABILITIES, capabilityBits } from '../capabilities.ts';
import { RESOURCES, UNLIMITED } from '../rlimits.ts';
import type { ProcessSpec } from '../sandbox.ts';

const capset = libcFunction('capset', 'int capset(const uint8_t *header, const uint8_t *data)');
const setgroups = libcFunction('setgroups', 'int setgroups(size_t count, const uint32_t *list)');
const setresgid = libcFunction('setresgid', 'int setresgid(uint32_t real, uint32_t effective, uint32_t saved)');
const setresuid = libcFunction('setresuid', 'int setresuid(uint32_t real, uint32_t effective, uint32_t saved)');
const setrlimit = libcFunction('setrlimit', 'int setrlimit(int resource, const uint8_t *limit)');

const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;
const CAPABILITY_VERSION_3 = 0x20080522;

/** Leaves only these in the bounding set: what root has after execve. */
export function dropBounding(keep: readonly string[]): void {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
  for (const [number, name] of CAPABILITIES.entries()) {
    if (keep.includes(name)) continue;
    try {
      prctl(PR_CAPBSET_DROP, number);
    } catch (error) {
      // A kernel that is older than the capability.
      if (!hasErrno(error, 'EINVAL')) throw error;
    }
  }
}

/** Becomes the user; root keeps exactly these capabilities, another user none. */
export function becomeUser(user: ProcessSpec['user'], capabilities: readonly string[]): void {
  try {
    setgroups('groups', user.additionalGids.length, groupList(user.additionalGids));
  } catch (error) {
    // With one mapped id, the kernel forbids setgroups; there are then no groups to drop either.
    if (!hasErrno(error, 'EPERM')) throw error;
  }
  setresgid(`group ${user.gid}`, user.gid, user.gid, user.gid);
  setresuid(`user ${user.uid}`, user.uid, user.uid, user.uid);
  if (user.uid !== 0) return;
  const bits = capabilityBits(capabilities);
  const header = Buffer.alloc(8);
  header.writeUInt32LE(CAPABILITY_VERSION_3, 0);
  const data = Buffer.alloc(24);
  for (const [half, shift] of [0n, 32n].entries()) {
    const part = Number((bits >> shift) & 0xffffffffn);
    // Effective, permitted, inheritable.
    data.writeUInt32LE(part, half * 12);
    data.writeUInt32LE(part, half * 12 + 4);
  }
  capset('capabilities', header, data);
}

function groupList(gids: readonly number[]): Buffer {
  const out = Buffer.alloc(Math.max(4, gids.length * 4));
  for (const [index, gid] of gids.entries()) out.writeUInt32LE(gid, index * 4);
  return out;
}

/** From now on no set-user-ID program raises anybody. */
export function refuseNewPrivileges(): void {
  prctl(PR_SET_NO_NEW_PRIVS, 1);
}

/** Sets resource limits; `null` (JSON has no Infinity) is unlimited. */
export function limitResources(
  limits: readonly { readonly name: string; readonly soft: number | null; readonly hard: number | null }[],
): void {
  for (const { name, soft, hard } of limits) {
    const limit = Buffer.alloc(16);
    limit.writeBigUInt64LE(soft === null ? UNLIMITED : BigInt(soft), 0);
    limit.writeBigUInt64LE(hard === null ? UNLIMITED : BigInt(hard), 8);
    setrlimit(`limit ${name}`, RESOURCES.indexOf(name), limit);
  }
}
