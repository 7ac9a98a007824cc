import type { HostConfig } from '../../protocol/engine/host-config.ts';
import { invalid } from '../errors.ts';

/** Settings of the kernel's that each IPC namespace has for itself. */
const OF_IPC =
  /^(?:fs\.mqueue\.[\w-]+|kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced|auto_msgmni))$/;
const OF_NETWORK = /^net(?:\.[\w-]+)+$/;

/** Refuses settings that would be the host's too, as Docker does. Error: EngineError `invalid`, code `sysctl-not-allowed`. */
export function checkSysctls({ Sysctls, IpcMode, NetworkMode }: HostConfig): void {
  for (const name of Object.keys(Sysctls)) {
    const isOfIpc = OF_IPC.test(name);
    if (!isOfIpc && !OF_NETWORK.test(name)) throw refused(name, 'is not in a separate kernel namespace');
    if (isOfIpc && IpcMode === 'host') throw refused(name, 'is not allowed in the host’s IPC namespace');
    if (!isOfIpc && NetworkMode === 'host') throw refused(name, 'is not allowed in the host’s network namespace');
  }
}

function refused(name: string, why: string) {
  return invalid({ code: 'sysctl-not-allowed', message: `sysctl "${name}" ${why}`, subject: name });
}
