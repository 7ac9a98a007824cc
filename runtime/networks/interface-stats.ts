import type { LinkCounters } from '../os/netlink-route.ts';
import type { InterfaceStats } from './networks.ts';

/** A container's counters from those of the bridge's end, which receives what the container sends. */
export function interfaceStats(bridgeEnd: LinkCounters): InterfaceStats {
  return {
    rxBytes: bridgeEnd.txBytes,
    rxPackets: bridgeEnd.txPackets,
    rxErrors: bridgeEnd.txErrors,
    rxDropped: bridgeEnd.txDropped,
    txBytes: bridgeEnd.rxBytes,
    txPackets: bridgeEnd.rxPackets,
    txErrors: bridgeEnd.rxErrors,
    txDropped: bridgeEnd.rxDropped,
  };
}
