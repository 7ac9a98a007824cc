import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostnameFile, hostsFile, nameServersOf, resolvConf } from '../networks/etc-files.ts';
import { hostResolvConf } from '../networks/host-resolv-conf.ts';
import { type Attachment, ipsOf, type NameServer } from '../networks/networks.ts';
import { hasErrno } from '../os/errno.ts';
import type { SandboxFeatures } from '../sandbox/sandbox.ts';
import type { ContainerRecord } from './record.ts';

/** Where a machine without an address of its own is by its name, as Debian has it. */
const OWN_ADDRESS = '127.0.1.1';

/**
 * Writes the files that a container finds in /etc: its name, its hosts, its name servers. `linkHosts` are the names of
 * linked containers, `name:address` each.
 */
export async function writeEtcFiles(
  folder: string,
  record: ContainerRecord,
  attachment: Attachment,
  linkHosts: readonly string[],
  { isolation }: SandboxFeatures,
): Promise<void> {
  const { config, hostConfig } = record;
  const gateway = attachment.endpoints[0]?.gateway || '127.0.0.1';
  const hosts = hostsFile({
    base: attachment.namespace === 'host' ? await hostHosts() : undefined,
    hostname: config.Hostname,
    domainname: config.Domainname || undefined,
    // Who shares the machine's name finds its own only here.
    ips: isolation ? attachment.endpoints.flatMap(ipsOf) : [OWN_ADDRESS],
    extraHosts: [...hostConfig.ExtraHosts.map((host) => host.replace(/:host-gateway$/, `:${gateway}`)), ...linkHosts],
  });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await Promise.all([
    writeFile(join(folder, 'hostname'), hostnameFile(config.Hostname), { mode: 0o644 }),
    writeFile(join(folder, 'hosts'), hosts, { mode: 0o644 }),
    writeResolvConf(folder, record, attachment),
  ]);
}

/** The machine's own, for containers that share its network. */
async function hostHosts(): Promise<string | undefined> {
  try {
    return await readFile('/etc/hosts', 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Writes a container's /etc/resolv.conf, also while it runs: it may have got a name server of its own meanwhile. */
export async function writeResolvConf(folder: string, record: ContainerRecord, attachment: Attachment): Promise<void> {
  const { hostConfig } = record;
  const text = resolvConf(await hostResolvConf(), {
    dns: attachment.nameServer === undefined ? hostConfig.Dns : [attachment.nameServer],
    search: hostConfig.DnsSearch,
    dnsOptions: attachment.nameServer === undefined ? hostConfig.DnsOptions : ['ndots:0', ...hostConfig.DnsOptions],
    sharesHost: attachment.namespace === 'host',
  });
  await writeFile(join(folder, 'resolv.conf'), text, { mode: 0o644 });
}

/** Whom the host asks. */
export async function hostNameServers(): Promise<NameServer[]> {
  return nameServersOf(await hostResolvConf()).map((address) => ({ address, from: 'host' }));
}

/** Whom the name server of a user-defined network asks for what it does not know: the container's own, else the host's. */
export async function upstreamServers(record: ContainerRecord): Promise<NameServer[]> {
  const { Dns: own } = record.hostConfig;
  if (own.length > 0) return own.map((address) => ({ address, from: 'container' }));
  return hostNameServers();
}
