import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builderArguments } from '../../core/plan/builder-arguments.ts';
import { hostsFile, resolvConf } from '../networks/etc-files.ts';
import { hostResolvConf } from '../networks/host-resolv-conf.ts';
import { type Attachment, ipsOf } from '../networks/networks.ts';
import type { MountSpec } from '../sandbox/sandbox.ts';
import type { BuildRequest } from './builder.ts';
import type { StepContext } from './step-context.ts';

/** The name of RUN's machine: what BUILDKIT_SANDBOX_HOSTNAME says, else the container's ID. */
export function hostnameOf({ buildArgs = {} }: Pick<BuildRequest, 'buildArgs'>, id: string): string {
  return builderArguments(buildArgs).hostname ?? id.slice(0, 12);
}

/**
 * What RUN finds in /etc, made in `folder`. It differs from run to run: /etc/hostname and the variable HOSTNAME are the
 * image's own, as in BuildKit.
 */
export async function etcMounts(
  { request }: StepContext,
  id: string,
  network: Attachment,
  folder: string,
): Promise<MountSpec[]> {
  const hostname = hostnameOf(request, id);
  const gateway = network.endpoints[0]?.gateway ?? '127.0.0.1';
  const extraHosts = request.extraHosts?.map((host) => host.replace(/:host-gateway$/, `:${gateway}`));
  const own = network.nameServer;
  const files = {
    hosts: hostsFile({ hostname, ips: network.endpoints.flatMap(ipsOf), extraHosts }),
    'resolv.conf': resolvConf(await hostResolvConf(), {
      ...(own !== undefined && { dns: [own], dnsOptions: ['ndots:0'] }),
      sharesHost: network.namespace === 'host',
    }),
  };
  await mkdir(folder, { mode: 0o755 });
  return Promise.all(
    Object.entries(files).map(async ([name, text]): Promise<MountSpec> => {
      const source = join(folder, name);
      await writeFile(source, text, { mode: 0o644 });
      return { destination: `/etc/${name}`, type: 'bind', source, options: ['rbind', 'rprivate'] };
    }),
  );
}
