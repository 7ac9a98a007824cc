import { isIP } from 'node:net';
import { invalid } from '../errors.ts';

const MTU = 'com.docker.network.driver.mtu';
const ICC = 'com.docker.network.bridge.enable_icc';
const HOST_IP = 'com.docker.network.bridge.host_binding_ipv4';
const DEFAULT_MTU = 1500;

/** What `docker network create --opt` says of a bridge, as far as it has an effect here. */
export interface BridgeOptions {
  /** Bytes. */
  readonly mtu: number;
  /** Whether the containers on it reach each other. */
  readonly neighbours: 'reached' | 'unreached';
  /** Where ports are published that name no address; empty: everywhere. */
  readonly hostIp: string;
}

/** Reads the options of Docker's bridge driver. Error: EngineError `invalid` for a value that makes no sense. */
export function bridgeOptions(options: Readonly<Record<string, string>>): BridgeOptions {
  const { [MTU]: mtu = String(DEFAULT_MTU), [ICC]: icc = 'true', [HOST_IP]: hostIp = '' } = options;
  if (!/^\d{1,5}$/.test(mtu) || Number(mtu) > 65535 || (Number(mtu) < 68 && Number(mtu) !== 0)) throw bad(MTU, mtu);
  if (!/^(1|t|true|0|f|false)$/i.test(icc)) throw bad(ICC, icc);
  if (hostIp !== '' && isIP(hostIp) !== 4) throw bad(HOST_IP, hostIp);
  return {
    mtu: Number(mtu) || DEFAULT_MTU,
    neighbours: /^[1t]/i.test(icc) ? 'reached' : 'unreached',
    hostIp: hostIp === '0.0.0.0' ? '' : hostIp,
  };
}

/** Docker's options that change nothing here, a sentence each. */
export function optionsWithoutEffect(options: Readonly<Record<string, string>>): string[] {
  const known = [MTU, ICC, HOST_IP, 'com.docker.network.bridge.name', 'com.docker.network.bridge.default_bridge'];
  const usual = options['com.docker.network.bridge.enable_ip_masquerade'] === 'true';
  return Object.keys(options)
    .filter((name) => name.startsWith('com.docker.network.') && !known.includes(name))
    .filter((name) => !(usual && name.endsWith('enable_ip_masquerade')))
    .map((name) => `The option ${name} has no effect here.`);
}

function bad(name: string, value: string) {
  return invalid({ code: 'network-option', message: `invalid value "${value}" of ${name}`, subject: name });
}
