import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostnameFile, hostsFile, resolvConf } from '../networks/etc-files.ts';
import type { Attachment } from '../networks/networks.ts';
import { hasErrno } from '../os/errno.ts';
import type { ContainerRecord } from './record.ts';

/** Writes the files that a container finds in /etc: its name, its hosts, its name servers. */
export async function writeEtcFiles(folder: string, record: ContainerRecord, attachment: Attachment): Promise<void> {
  const { config, hostConfig } = record;
  const sharesHost = attachment.namespace === 'host';
  const gateway = attachment.endpoints[0]?.gateway ?? '127.0.0.1';
  const files = {
    hostname: hostnameFile(config.Hostname),
    hosts: hostsFile({
      hostname: config.Hostname,
      domainname: config.Domainname || undefined,
      ips: attachment.endpoints.map((endpoint) => endpoint.ip),
      extraHosts: hostConfig.ExtraHosts.map((host) => host.replace(/:host-gateway$/, `:${gateway}`)),
    }),
    'resolv.conf': resolvConf(await hostResolvConf(), {
      dns: hostConfig.Dns,
      search: hostConfig.DnsSearch,
      dnsOptions: hostConfig.DnsOptions,
      sharesHost,
    }),
  };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text, { mode: 0o644 })));
}

async function hostResolvConf(): Promise<string> {
  try {
    return await readFile('/etc/resolv.conf', 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return '';
    throw error;
  }
}
