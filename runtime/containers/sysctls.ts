import type { HostConfig } from '../../protocol/engine/host-config.ts';
import { checkSysctl } from '../sandbox/sysctls.ts';

/**
 * Refuses settings that would be the host's too, as far as that is known before a start. Error: EngineError `invalid`,
 * code `sysctl-not-allowed`.
 */
export function checkSysctls({ Sysctls, IpcMode, NetworkMode, UTSMode }: HostConfig): void {
  const sharesHost = { network: NetworkMode === 'host', ipc: IpcMode === 'host', uts: UTSMode === 'host' };
  for (const name of Object.keys(Sysctls)) checkSysctl(name, sharesHost);
}
