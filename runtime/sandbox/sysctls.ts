import { stat } from 'node:fs/promises';
import { type EngineError, invalid } from '../errors.ts';
import type { NamespaceSpec, SandboxSpec } from './sandbox.ts';

const OF_IPC =
  /^(?:fs\.mqueue\.[\w-]+|kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced|auto_msgmni))$/;
const OF_NETWORK = /^net(?:\.[\w-]+)+$/;

const SHOWN = { network: 'network', ipc: 'IPC', uts: 'UTS' } as const;
const FILES = { network: 'net', ipc: 'ipc', uts: 'uts' } as const;

/**
 * Refuses a setting that would be the host's too, as Docker does. Error: EngineError `invalid`, code `sysctl-not-allowed`.
 */
export function checkSysctl(name: string, sharesHost: Readonly<Record<keyof typeof FILES, boolean>>): void {
  const kind = namespaceOf(name);
  if (kind === undefined) throw refused(name, 'is not in a separate kernel namespace');
  if (sharesHost[kind]) throw refused(name, `is not allowed in the host’s ${SHOWN[kind]} namespace`);
}

/** The same for all settings of a sandbox, whose namespaces may be another's that shares the host's. */
export async function checkSysctls({ sysctls, namespaces }: SandboxSpec): Promise<void> {
  const names = Object.keys(sysctls);
  if (names.length === 0) return;
  const sharesHost = {
    network: await isHosts('network', namespaces.network),
    ipc: await isHosts('ipc', namespaces.ipc),
    uts: await isHosts('uts', namespaces.uts),
  };
  for (const name of names) checkSysctl(name, sharesHost);
}

function namespaceOf(name: string): keyof typeof FILES | undefined {
  if (name === 'kernel.domainname') return 'uts';
  if (OF_IPC.test(name)) return 'ipc';
  return OF_NETWORK.test(name) ? 'network' : undefined;
}

/** The daemon itself is in the host's. */
async function isHosts(kind: keyof typeof FILES, namespace: NamespaceSpec): Promise<boolean> {
  if (typeof namespace === 'string') return namespace === 'host';
  const [own, other] = await Promise.all([stat(`/proc/self/ns/${FILES[kind]}`), stat(namespace.path)]);
  return own.ino === other.ino && own.dev === other.dev;
}

function refused(name: string, why: string): EngineError {
  return invalid({ code: 'sysctl-not-allowed', message: `sysctl "${name}" ${why}`, subject: name });
}
